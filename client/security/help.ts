/** The flags of security, for the help of every command that talks to a server. */
export const securityHelp = `TLS and tokens
  --tls                   speak TLS; trust the authorities that Node trusts
  --tls-ca FILE           speak TLS; trust the authorities in FILE, and no others
  --tls-cert FILE         speak TLS; show this certificate to a server that asks for one (mutual TLS)
  --tls-key FILE          its private key
  --tls-server-name NAME  the name that the server's certificate must carry, where it is not that of --host
  --token-file FILE       send the token that stands in FILE, as TOKEN or read-write TOKEN, with every call
`;
