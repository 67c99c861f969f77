using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Epochs;

/// <summary>An epoch line is the epochs of a job that a party knows, from the one that it began with to the current one.</summary>
/// <param name="first">The job in the epoch that the party began with.</param>
internal sealed class EpochLine(FederationJob first)
{
    private readonly List<EpochCertificate> _certificates = [];

    /// <summary>The job in its current epoch.</summary>
    public FederationJob Job => Latest?.Job ?? first;

    /// <summary>The certificate of the current epoch, or null in the one that the party began with.</summary>
    public EpochCertificate? Latest => _certificates.Count == 0 ? null : _certificates[^1];

    /// <summary>The certificates of all epochs after the one that the party began with.</summary>
    public IReadOnlyList<EpochCertificate> Certificates => _certificates;

    /// <summary>Returns the job in the epoch of a round; rounds before the first known epoch have that one.</summary>
    public FederationJob Of(int round) => _certificates.LastOrDefault(certificate => certificate.FirstRound <= round)?.Job ?? first;

    /// <summary>Begins an epoch whose certificate was read in the current one.</summary>
    public void Enter(EpochCertificate certificate) => _certificates.Add(certificate);

    /// <summary>Finds the verification key of a client that is on the roster of any known epoch; of the latest one that lists it.</summary>
    public bool TryGetKey(ClientId client, [NotNullWhen(true)] out VerificationKey? key)
    {
        for (int i = _certificates.Count - 1; i >= 0; i--)
        {
            if (_certificates[i].Job.Roster.TryGetKey(client, out key))
            {
                return true;
            }
        }

        return first.Roster.TryGetKey(client, out key);
    }

    /// <summary>Returns whether a client was ever on a roster.</summary>
    public bool Knows(ClientId client) => TryGetKey(client, out _);

    public void Write(WireWriter writer)
    {
        writer.WriteInt32(_certificates.Count);
        foreach (EpochCertificate certificate in _certificates)
        {
            writer.WriteBytesWithLength(certificate.Bytes.Span);
        }
    }

    /// <summary>Reads the epochs of a saved state, each checked as if it had just come.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="source">The bytes that the reader reads.</param>
    /// <param name="first">The job in the epoch that the party begins with now.</param>
    /// <param name="written">The number of the epoch that it had begun with. Certificates up to the first epoch are passed over.</param>
    public static EpochLine Read(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob first, int written)
    {
        var line = new EpochLine(first);
        int number = written;
        for (int count = reader.ReadInt32(0, first.Settings.Rounds); count > 0 && !reader.Failed; count--)
        {
            ReadOnlyMemory<byte> bytes = reader.ReadBytesWithLength(source);
            if (++number <= first.EpochNumber)
            {
                continue;
            }

            EpochCertificate? certificate = EpochCertificate.TryRead(line.Job, bytes, out _);
            reader.Require(certificate is not null, FormatError.Inconsistent);
            if (certificate is not null)
            {
                line.Enter(certificate);
            }
        }

        // A state of an earlier epoch than the job's lacks what happened since, and one that began later lacks what led to it.
        reader.Require(written <= first.EpochNumber && number >= first.EpochNumber, FormatError.Inconsistent);
        return line;
    }
}
