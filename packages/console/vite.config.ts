import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Files only: the page is served under a policy that allows no inline code, no data addresses and no other origin. */
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { assetsInlineLimit: 0, sourcemap: false, modulePreload: { polyfill: false } },
});
