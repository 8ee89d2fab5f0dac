// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.action;

import java.io.IOException;
import java.util.Hashtable;
import javax.naming.CompositeName;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/**
 * Looks a name up for the effect that the query has. A query is sent each time, by the resolver of the JDK's naming
 * service and not by the C library's, whose answers are kept and whose waiting cannot be bounded.
 */
final class NameLookup {
    private static final String MILLIS = "2000";
    private static final String TRIES = "2";
    private static final String[] ADDRESSES = {"A", "AAAA"};

    private final String server;

    /** @param server {@code dns://host:port}, or {@code dns:} for the machine's */
    NameLookup(String server) {
        this.server = server;
    }

    /** @throws IOException if there was no answer */
    void run(String name) throws IOException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, server);
        environment.put("com.sun.jndi.dns.timeout.initial", MILLIS);
        environment.put("com.sun.jndi.dns.timeout.retries", TRIES);
        try {
            DirContext context = new InitialDirContext(environment);
            try {
                // As one component: a name from a policy is not a path through the naming system.
                context.getAttributes(new CompositeName().add(name), ADDRESSES);
            } finally {
                context.close();
            }
        } catch (NamingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
