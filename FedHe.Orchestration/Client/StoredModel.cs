using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Averaging;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Client;

/// <summary>A stored model is the newest model of a client in a file of the client's folder, as the state names it.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Digest">The SHA-256 of the file.</param>
/// <param name="Summary">The facts about the average.</param>
internal sealed record StoredModel(string Name, Digest Digest, AverageSummary Summary)
{
    /// <summary>The largest length of the name of a file, in bytes.</summary>
    public const int LongestName = 64;

    // What stands in a state in the place of the length of an aggregate, where the model is in a file.
    private const int InFile = -1;

    /// <summary>Writes where a model is, in the place of the aggregate that it was opened from.</summary>
    public void Write(WireWriter writer)
    {
        writer.WriteInt32(InFile);
        writer.WriteString(Name);
        writer.WriteDigest(Digest);
        writer.WriteInt32(Summary.Contributions);
        writer.WriteInt64(Summary.TotalWeight);
        writer.WriteByte((byte)(Summary.IsTotalWeightExact ? 1 : 0));
        foreach (double bound in Summary.ErrorBounds)
        {
            writer.WriteDouble(bound);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="reader">The reader of a state.</param>
    /// <param name="tensors">The number of tensors of the model.</param>
    public static StoredModel Read(ref WireReader reader, int tensors)
    {
        reader.Require(reader.ReadInt32(InFile, InFile) == InFile, FormatError.Inconsistent);
        string name = reader.ReadString(LongestName);
        reader.Require(ClientFolder.IsName(name), FormatError.FieldOutOfRange);
        Digest digest = reader.ReadDigest();
        int contributions = reader.ReadInt32(1, int.MaxValue);
        long weight = reader.ReadInt64(0, long.MaxValue);
        bool isExact = reader.ReadFlag();
        var bounds = new double[tensors];
        foreach (ref double bound in bounds.AsSpan())
        {
            bound = reader.ReadDouble(0, double.MaxValue);
        }

        return new StoredModel(name, digest, new AverageSummary([.. bounds], contributions, weight, isExact));
    }
}
