using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// The limits of what one party tolerates: whether a job may protect nothing, and how long a message may be.
/// </summary>
public sealed record FederationSafety
{
    /// <summary>The length in bytes of the longest message that any party can accept: 64 TiB, which an update of 2^40 values has room in.</summary>
    public const long LargestMessageBytes = 1L << 46;

    /// <summary>
    /// Whether jobs that protect nothing are allowed: the insecure plain scheme, a mask that encrypts nothing, or one that leaves
    /// values of adapters in clear. It is meant for tests and debugging, because everybody who sees the server's traffic then sees the models.
    /// </summary>
    public bool AllowInsecure { get; init; }

    /// <summary>
    /// The length in bytes above which a message is refused unread, beside the length that the job implies for its kind; by default that alone. A party that has messages in memory takes
    /// none that are longer than an array.
    /// </summary>
    public long MaxMessageBytes { get; init; } = LargestMessageBytes;

    /// <summary>Returns an exception when the job protects nothing and that is not allowed, or else null.</summary>
    internal InsecureFederationException? Check(HeParameters parameters, FederationJob job)
    {
        if (AllowInsecure)
        {
            return null;
        }

        if (parameters.SecurityLevel == SecurityLevel.None)
        {
            return Throw.InsecureScheme(parameters.SchemeName);
        }

        // The terms of the job are its author's word alone; every party is asked for its own.
        if (job.Update.Adapters is not null && !job.Terms.Mask.IsAll)
        {
            return Throw.AdaptersInClear();
        }

        return job.Terms.VectorLength == 0 || job.KindsOfRounds.ToArray().Any(kind => kind.Upload.VectorLength == 0) ? Throw.MaskEncryptsNothing() : null;
    }
}
