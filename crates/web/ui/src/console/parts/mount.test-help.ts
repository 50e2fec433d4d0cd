import { createApp, type Component, type Plugin } from 'vue';

/** Mounts a component into the document of a test, with the plugins that it leans on. */
export function mount(component: Component, props: Record<string, unknown>, plugins: Plugin[] = []): { host: HTMLElement; stop: () => void } {
  const host = document.body.appendChild(document.createElement('div'));
  const app = createApp(component, props);
  for (const plugin of plugins) app.use(plugin);
  app.mount(host);
  return {
    host,
    stop: () => {
      app.unmount();
      host.remove();
    },
  };
}
