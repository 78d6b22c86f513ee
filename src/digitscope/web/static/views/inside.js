export function mount(root) {
  root.innerHTML = "<h1>Look inside</h1>";
}
