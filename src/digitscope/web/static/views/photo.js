export function mount(root) {
  root.innerHTML = "<h1>Read a photo</h1>";
}
