// Ink asks for it only with DEV=true; the bundle carries this instead.
export default { connectToDevTools() {} };
