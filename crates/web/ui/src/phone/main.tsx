// The phone page: a person plays a WeChat customer against the simulated platform that serves this
// page, and sees what the platform and the gateway say to each other meanwhile.
import '@kit/tokens.css';
import '@kit/kit.css';
import './phone.css';
import './chat.css';
import './place.css';
import { render } from 'preact';
import { Bench } from './bench.ts';
import { App } from './ui/App.tsx';

const root = document.getElementById('app');
if (root) {
  const bench = new Bench(new URLSearchParams(location.search));
  const draw = () => render(<App bench={bench} />, root);
  bench.onChange = draw;
  draw();
  void bench.begin();
}
