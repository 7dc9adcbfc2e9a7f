import './zod-config.js';
import '@mantine/core/styles.css';
import '@mantine/spotlight/styles.css';
import '@mantine/notifications/styles.css';
import './styles/colours.css';
import './styles/states.css';
import './styles/frame.css';
import './styles/fleet.css';
import './styles/tables.css';
import './styles/cluster.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
