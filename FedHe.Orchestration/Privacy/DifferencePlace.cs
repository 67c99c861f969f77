using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Privacy;

/// <summary>A difference place says in which sum a difference is added up. It is public, and the same for all contributors to the sum.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Attempt">The attempt at the round, from 1.</param>
/// <param name="Seed">The public seed of the attempt's rotation, which follows from the digest of the job, the round and the attempt, so that nobody chooses it.</param>
/// <param name="ClipPosition">
/// The position of the round's clip in a job with an adaptive clip, which follows from the opened sums of bits before it: 0 in the first round, and in other jobs.
/// </param>
public readonly record struct DifferencePlace(int Round, int Attempt, Digest Seed, int ClipPosition = 0)
{
    /// <summary>Returns the place of the sum of an attempt.</summary>
    internal static DifferencePlace Of(FederationJob job, int round, int attempt, int clipPosition)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe rotation v1"u8);
        var writer = new WireWriter(bytes);
        writer.WriteDigest(job.Digest);
        writer.WriteInt32(round);
        writer.WriteInt32(attempt);
        return new DifferencePlace(round, attempt, Digest.Compute(bytes.WrittenSpan), clipPosition);
    }
}
