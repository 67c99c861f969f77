using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>Committee answers are what an aggregate carries in the place of a key sum: the members' sealed shares, with their signatures.</summary>
/// <param name="Answers">The answers, sorted by member.</param>
internal sealed record CommitteeAnswers(ImmutableArray<RelayedAnswer> Answers)
{
    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteInt32(Answers.Length);
        foreach (RelayedAnswer answer in Answers)
        {
            answer.Write(writer);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Parses exactly one set of answers, or returns null.</summary>
    public static CommitteeAnswers? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        var answers = ImmutableArray.CreateBuilder<RelayedAnswer>();
        for (int count = reader.ReadInt32(1, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            RelayedAnswer answer = RelayedAnswer.Read(ref reader, source);
            reader.Require(answers.Count == 0 || answers[^1].Member.CompareTo(answer.Member) < 0, FormatError.Inconsistent);
            answers.Add(answer);
        }

        reader.ExpectEnd();
        return reader.Failed ? null : new CommitteeAnswers(answers.ToImmutable());
    }
}
