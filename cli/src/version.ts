/** The version of this program; the daemon that belongs to it has the same first two numbers. */
export const version = '0.1.0';
