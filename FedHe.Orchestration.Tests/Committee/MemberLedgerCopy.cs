using System.Buffers;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A member ledger copy is what a corrupt member keeps of its ledger: the key of the round, and no note of an answer.</summary>
internal sealed class MemberLedgerCopy : IDisposable
{
    private readonly MemberLedger _ledger;

    private MemberLedgerCopy(MemberLedger ledger, byte[] bytes) => (_ledger, Bytes) = (ledger, bytes);

    public byte[] Bytes { get; }

    public static MemberLedgerCopy BeforeAnswering(CommitteeLab lab, int member)
    {
        FederationClientSetup setup = lab.Bench.ClientSetup(member);
        var ledger = new MemberLedger();
        MemberLedger source = lab.LedgerOf(member);
        ledger.Begin(source.KeyEpoch, source.KeyRound, source.Key);
        var bytes = new ArrayBufferWriter<byte>();
        MemberLedgerFormat.Write(ledger, lab.Bench.Job, setup.Identity, setup.Protector, bytes);
        return new MemberLedgerCopy(ledger, bytes.WrittenSpan.ToArray());
    }

    public void Dispose() => _ledger.Dispose();
}
