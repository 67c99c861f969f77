using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Identities;

/// <summary>An upload slot is the place of one client's upload in one attempt at one round of one job.</summary>
/// <remarks>The slot travels inside the update, so that an update for one round cannot be used in another.</remarks>
public sealed record UploadSlot
{
    /// <summary>Creates the slot of a client.</summary>
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

    /// <summary>The identifier of the federation job.</summary>
    public Guid JobId { get; }

    /// <summary>The number of the round that the upload is for, from 1.</summary>
    public int Round { get; }

    /// <summary>The number of the attempt at the round, from 1.</summary>
    public int Attempt { get; }

    /// <summary>The client that the slot belongs to.</summary>
    public ClientId Client { get; }
}
