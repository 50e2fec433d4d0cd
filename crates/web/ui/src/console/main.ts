import '@kit/tokens.css';
import '@kit/kit.css';
import './styles/parts.css';
import './styles/shell.css';
import { createApp } from 'vue';
import App from './App.vue';
import { startClock } from './state/clock';
import { startPrefs } from './state/prefs';
import { router } from './router';

if (import.meta.env.DEV && import.meta.env.VITE_FAKE) await (await import('../dev/fake')).install();

startPrefs();
startClock();
createApp(App).use(router).mount('#app');
