export function mount(root) {
  root.innerHTML = "<h1>Draw</h1>";
}
