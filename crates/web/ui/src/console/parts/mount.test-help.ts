import { createApp, type Component } from 'vue';

/** Mounts a component into the document of a test. */
export function mount(component: Component, props: Record<string, unknown>): { host: HTMLElement; stop: () => void } {
  const host = document.body.appendChild(document.createElement('div'));
  const app = createApp(component, props);
  app.mount(host);
  return {
    host,
    stop: () => {
      app.unmount();
      host.remove();
    },
  };
}
