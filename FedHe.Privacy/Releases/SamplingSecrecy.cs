using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>
/// A statement of sampling secrecy says against whom a sample is secret. Without one no release claims amplification by sampling.
/// </summary>
/// <remarks>
/// A server that picks the clients, and anybody who sees who takes part, knows the sample, and against them nothing is amplified. The
/// statement is part of what is stored and reported beside the epsilon.
/// </remarks>
public sealed record SamplingSecrecy
{
    private const int LongestStatement = 500;

    /// <summary>States against whom the sample is secret.</summary>
    /// <param name="statement">
    /// The statement, in a sentence of up to 500 characters, such as "Each silo draws its records itself and tells nobody which; holds against
    /// everybody but the silo."
    /// </param>
    /// <exception cref="PrivacyException">The statement is empty or too long.</exception>
    public SamplingSecrecy(string statement)
    {
        if (string.IsNullOrWhiteSpace(statement) || statement.Length > LongestStatement)
        {
            throw Throw.StatementMissing();
        }

        Statement = statement;
    }

    /// <summary>The statement.</summary>
    public string Statement { get; }
}
