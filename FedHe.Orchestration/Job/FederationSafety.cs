using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>What one party tolerates: whether a job may protect nothing, and how long a message may be.</summary>
public sealed record FederationSafety
{
    /// <summary>The longest message that any party can accept: 1 GiB.</summary>
    public const int LargestMessageBytes = 1 << 30;

    /// <summary>
    /// Allows jobs that protect nothing: the insecure plain scheme, or a mask that encrypts nothing. For tests and
    /// debugging; everybody who sees the server's traffic then sees the models.
    /// </summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Length in bytes above which a message is refused unread: at most 1 GiB, the default.</summary>
    public int MaxMessageBytes { get; init; } = LargestMessageBytes;

    /// <summary>Returns the exception for a job that protects nothing and is not allowed to, or null.</summary>
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

        return job.Terms.VectorLength == 0 ? Throw.MaskEncryptsNothing() : null;
    }
}
