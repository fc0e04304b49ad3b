import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Route } from '../admin-http.ts';

/** Nothing from elsewhere, nothing between the lines of the page, and nothing in a frame of somebody's. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What of the folder is served, by the ends of its names. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The files of the page as they stand, each read once: those of the folder `page`, and uPlot from its package. */
export function readPage(): Readonly<Record<string, Route>> {
  const folder = new URL('./page/', import.meta.url);
  const own = readdirSync(folder).filter((name) => extname(name) in types);
  return {
    ...Object.fromEntries(own.map((name) => [`/${name}`, serveFile(new URL(name, folder))])),
    '/': serveFile(new URL('index.html', folder)),
    '/uplot.css': serveFile(new URL(import.meta.resolve('uplot/dist/uPlot.min.css'))),
    '/uplot.js': serveFile(new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js'))),
  };
}

function serveFile(file: URL): Route {
  const content = readFileSync(file);
  const headers = { 'content-type': types[extname(file.pathname)], 'content-security-policy': policy };
  return ({ response }) => {
    response.writeHead(200, headers).end(content);
  };
}
