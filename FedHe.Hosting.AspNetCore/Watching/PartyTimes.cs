namespace FedHe.Hosting.AspNetCore.Watching;

/// <summary>Party times are the moments of one party in one attempt at a round, as the server sees them; a moment that it has not seen is null.</summary>
/// <remarks>
/// The server does not know what the party does between two moments.
/// </remarks>
internal sealed record PartyTimes
{
    /// <summary>When the invitation was put into the mailbox of the party.</summary>
    public DateTimeOffset? Invited { get; init; }

    /// <summary>When the party began to take the invitation: from here on it trains and encrypts.</summary>
    public DateTimeOffset? Taken { get; init; }

    /// <summary>When its upload began to arrive.</summary>
    public DateTimeOffset? Sending { get; init; }

    /// <summary>When its upload was in the sum, and on the disk.</summary>
    public DateTimeOffset? Accepted { get; init; }

    /// <summary>When the sum of the round was put into the mailbox of the party.</summary>
    public DateTimeOffset? SumSent { get; init; }

    /// <summary>When the party began to take the sum: from here on it verifies and opens it.</summary>
    public DateTimeOffset? SumTaken { get; init; }

    /// <summary>When the party had handled the sum, and its model was on its disk.</summary>
    public DateTimeOffset? SumHandled { get; init; }

    /// <summary>The length of the upload, in bytes.</summary>
    public long UploadBytes { get; init; }

    /// <summary>The length of the sum, in bytes.</summary>
    public long SumBytes { get; init; }
}
