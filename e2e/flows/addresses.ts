/** Where the end-to-end tests find the built page and the lab pages; not the ports of `npm start` or `npm run dev`, which may be in use. */
export const pageUrl = process.env.MT_PAGE_URL ?? 'http://localhost:4273/';
export const labUrl = process.env.MT_LAB_URL ?? 'http://localhost:4274/lab/pages/';
