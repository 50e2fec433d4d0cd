// One configuration for all pages. `vite --mode <app>` serves one, `npm run build` builds all.
//
// A page's folder in dist is also its path on the gateway: dist/console/… is served at
// /console/…, dist/widget.js at /widget.js. File names under assets/ carry a hash of their
// content and may be cached for ever; everything else may not.
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type UserConfig } from 'vite';
import { apps } from './tools/apps.mjs';
import { shortNames } from './tools/short-names.mjs';

type App = (typeof apps)[number];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The gateway that `vite --mode <app>` passes calls on to. */
const gateway = process.env.KEFU_URL ?? 'http://127.0.0.1:8080';

/** Later parts of the small pages have no style sheets of their own: what loads them may be one call. */
const plainImports = {
  name: 'plain-imports',
  enforce: 'pre' as const,
  load: (id: string) => (id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load();' : null),
};

/** The SDK's own names, wherever it is built in. */
const shortSdk = () => shortNames(here('src/sdk'), ['index.ts', 'tabs/index.ts']);

function configFor(app: App): UserConfig {
  const shared: UserConfig = {
    root: here(`src/${app}`),
    base: `/${app}/`,
    publicDir: false,
    resolve: { alias: { '@kit': here('src/kit') } },
    define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
    build: {
      outDir: here(`dist/${app}`),
      emptyOutDir: true,
      target: ['es2022', 'chrome105', 'safari16', 'firefox115'],
      reportCompressedSize: false,
      modulePreload: app === 'console' ? { polyfill: false } : false,
    },
    server: {
      proxy: {
        '/v1': { target: gateway, ws: true, changeOrigin: false },
        '/demo-config.js': gateway,
        '/sim': gateway,
      },
    },
  };
  switch (app) {
    case 'console':
      return { ...shared, plugins: [vue()] };
    // The loader is one classic script under a fixed name: sites name it in their pages.
    case 'loader':
      return {
        ...shared,
        build: {
          ...shared.build,
          outDir: here('dist'),
          emptyOutDir: false,
          lib: { entry: here('src/loader/main.ts'), formats: ['iife'], name: 'KefuLoader', fileName: () => 'widget.js' },
        },
      };
    // The npm package: one file for each thing that is imported by name, and parts fetched later.
    case 'sdk':
      return {
        ...shared,
        plugins: [plainImports, shortSdk()],
        build: {
          ...shared.build,
          lib: { entry: { index: here('src/sdk/index.ts'), tabs: here('src/sdk/tabs/index.ts') }, formats: ['es'] },
          rolldownOptions: { preserveEntrySignatures: 'allow-extension', optimization: { inlineConst: true }, output: { chunkFileNames: '[name].js', comments: false, minify: { mangle: true, compress: true, codegen: { removeWhitespace: true } } } },
        },
      };
    case 'widget':
    case 'chat':
      return { ...shared, plugins: [plainImports, shortSdk()] };
    default:
      return { ...shared, plugins: [plainImports] };
  }
}

export default defineConfig(({ mode }) => {
  if ((apps as readonly string[]).includes(mode)) return configFor(mode as App);
  // No page named: the unit tests of all of them.
  return {
    plugins: [vue()],
    resolve: { alias: { '@kit': here('src/kit') } },
    test: {
      environment: 'happy-dom',
      include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
      restoreMocks: true,
    },
  } as UserConfig;
});
