export function mount(root) {
  root.innerHTML = "<h1>Why</h1>";
}
