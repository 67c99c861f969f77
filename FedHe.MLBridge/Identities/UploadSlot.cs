using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Identities;

/// <summary>The one place that an upload may take: a client's, in one attempt at one round of one job.</summary>
/// <remarks>The slot travels inside the update, so that an update of one round is no use in another.</remarks>
public sealed record UploadSlot
{
    /// <summary>Names a slot.</summary>
    /// <param name="jobId">The federation job; not empty.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <param name="client">The client; not the default of its type.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public UploadSlot(Guid jobId, int round, int attempt, ClientId client)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        ArgumentOutOfRangeException.ThrowIfLessThan(round, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (client == default)
        {
            throw Throw.InvalidClientId(ClientId.MaxLength, nameof(client));
        }

        JobId = jobId;
        Round = round;
        Attempt = attempt;
        Client = client;
    }

    /// <summary>The federation job.</summary>
    public Guid JobId { get; }

    /// <summary>The round, from 1.</summary>
    public int Round { get; }

    /// <summary>The attempt at the round, from 1.</summary>
    public int Attempt { get; }

    /// <summary>The client.</summary>
    public ClientId Client { get; }
}
