namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>Server options are what the server of one or several jobs needs in a host, and are validated when it starts.</summary>
public sealed class FedHeServerOptions
{
    /// <summary>The jobs of the server, by the names that they have in this host.</summary>
    public IDictionary<string, FedHeJobOptions> Jobs { get; } = new Dictionary<string, FedHeJobOptions>(StringComparer.Ordinal);

    /// <summary>The longest time for which a request waits for a message, from 1 second to 2 minutes.</summary>
    public TimeSpan LongPoll { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// The time after its last request after which a client counts as unreachable, so that a round with a quorum does not wait for it. It
    /// must be longer than <see cref="LongPoll"/>.
    /// </summary>
    public TimeSpan UnreachableAfter { get; set; } = TimeSpan.FromMinutes(2);
}
