using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Wire;

public sealed class HostileBytesTests
{
    private const int RandomInputs = 1000;

    public static TheoryData<MessageKind> Kinds => new(Enum.GetValues<MessageKind>());

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Message_TruncatedOrFlippedAnywhere_DisturbsNobody(MessageKind kind)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Mask = EncryptionMask.Layers(TestModel.Layout, "output") });
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        byte[] message = await SampleAsync(bench, kind, invitations);
        byte[] state = bench.SaveState();

        foreach (byte[] mutated in Mutations(message))
        {
            Tolerates(bench, mutated);
            bench.Server.Receive(mutated);
            await bench.Clients[3].ReceiveAsync(mutated);
            ReadOnlyMemory<byte> answer = (await bench.Authority.HandleAsync(mutated)).Answer;
            answer.IsEmpty.Should().BeFalse();
        }

        bench.Server.Contributions.Should().BeEmpty("every client's message is signed");
        using FederationServer before = bench.Restore(state);
        bench.Server.AvailableClients.Should().Equal(before.AvailableClients);
        bench.Server.Phase.Should().Be(before.Phase);
        FederationClient client = bench.Clients[3];
        (client.ModelRound, client.Outcome, client.LastRefusal).Should().Be((0, null, null), "every server's message is signed");
        bench.Trainers[3].Results.Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_TruncatedOrFlippedAnywhere_IsReadOrRefused(bool agreesUponAMask)
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationJob original = agreesUponAMask
            ? MaskAgreement.CreateJob(
                bench.JobId, bench.Authority.Info, bench.Job.ServerKey, bench.Roster, bench.Context, bench.InitialModel, MaskPolicy.PaperRecipe, maxWeight: 100, bench.Job.Settings)
            : bench.Job;
        var buffer = new ArrayBufferWriter<byte>();
        original.WriteTo(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();

        Read(bytes, out FederationJob? same).Should().BeTrue();
        same.Should().Be(original);
        foreach (byte[] mutated in Mutations(bytes))
        {
            if (Read(mutated, out FederationJob? job))
            {
                job!.Digest.Should().NotBe(original.Digest);
            }
        }

        bool Read(byte[] source, out FederationJob? job)
            => FederationJob.TryRead(source, bench.Context.ParametersId, WireLimits.Default, out job, out _);
    }

    [Fact]
    public async Task ServerState_TruncatedOrFlippedAnywhere_IsRestoredOrRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Receive(uploads.Values.First());

        byte[] state = bench.SaveState();
        int refused = 0;

        foreach (byte[] mutated in Mutations(TestBench.ContentOf(state)).Select(content => bench.Resealed(state, content)).Concat(Mutations(state)))
        {
            try
            {
                bench.Restore(mutated).Dispose();
            }
            catch (StateRefusedException)
            {
                // The only exception that hostile bytes may cause.
                refused++;
            }
        }

        refused.Should().BeGreaterThan(Mutations(state).Count() - 1, "no change of the whole state goes unnoticed");
    }

    [Fact]
    public async Task Garbage_OfAnyLength_DisturbsNobody()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] header = bench.Clients[0].Announce().ToArray();
        for (int length = 0; length < 600; length++)
        {
            byte[] garbage = new byte[length];
            for (int i = 0; i < length; i++)
            {
                garbage[i] = (byte)((i * 31) + (length * 17) + ((i * length) >> 3));
            }

            header.AsSpan(0, Math.Min(40, length)).CopyTo(garbage);
            Tolerates(bench, garbage);
            bench.ReasonIn(bench.Server.Receive(garbage)).Should().NotBe(RefusalReason.None);
            (await bench.Clients[0].ReceiveAsync(garbage)).Should().BeEmpty();
        }
    }

    private static void Tolerates(TestBench bench, byte[] bytes)
    {
        AllocationGuard guard = AllocationGuard.Start();
        bool isRead = MessageFormat.TryRead(
            bytes, bench.Context.ParametersId, WireLimits.Default.MaxBytes, out FederationMessage? message, out FormatError reason);
        guard.ShouldBeAtMost(16_384, () => $"{bytes.Length} bytes");
        (message is not null).Should().Be(isRead);
        (reason == FormatError.None).Should().Be(isRead);
    }

    /// <summary>Every truncation, every flipped bit of the first 600 bytes, random damage, and a byte too many.</summary>
    private static IEnumerable<byte[]> Mutations(byte[] bytes)
    {
        IEnumerable<byte[]> systematic = HostileBytes.Truncations(bytes).Concat(HostileBytes.BitFlips(bytes, count: 600))
            .Select(mutated => mutated.ToArray());
        var hostile = new HostileBytes(seed: bytes.Length);
        IEnumerable<byte[]> random = Enumerable.Range(0, RandomInputs).Select(_ => hostile.Next(bytes).ToArray())
            .Where(mutated => !mutated.AsSpan().SequenceEqual(bytes));
        return systematic.Concat(random).Append([.. bytes, 0]);
    }

    private static async Task<byte[]> SampleAsync(TestBench bench, MessageKind kind, IReadOnlyList<OutgoingMessage> invitations)
    {
        ClientIdentity identity = bench.Identities[0];
        byte[] Signed(ClientMessage message) => MessageFormat.WriteSigned(message, bench.Context.ParametersId, identity);
        switch (kind)
        {
            case MessageKind.KeyRequest:
                using (var request = new KeyRequest(bench.Job, identity, new byte[5]))
                {
                    return request.Bytes.ToArray();
                }

            case MessageKind.KeyGrant:
                using (var request = new KeyRequest(bench.Job, identity))
                {
                    return ((await bench.Authority.HandleAsync(request.Bytes)).Answer).ToArray();
                }

            case MessageKind.KeyRefusal:
                return MessageFormat.Write(new KeyRefusal(bench.JobId, KeyRefusalReason.WrongJob), bench.Context.ParametersId);
            case MessageKind.Announcement:
                return bench.Clients[0].Announce().ToArray();
            case MessageKind.Invitation:
                return invitations[0].Bytes.ToArray();
            case MessageKind.Upload:
                return (await bench.Clients[0].ReceiveAsync(invitations[0].Bytes)).Single().ToArray();
            case MessageKind.Acknowledgement:
                return bench.FromServer(new Acknowledgement(bench.JobId, bench.Terms.Digest, RefusalReason.TooLate));
            case MessageKind.Aggregate:
                return AggregateOf(bench);
            case MessageKind.AggregateRequest:
                return MessageFormat.WriteSigned(
                    new AggregateRequest(bench.JobId, identity.Client, 1, 0), bench.Context.ParametersId, identity);
            case MessageKind.KeyApproval:
                return Signed(new KeyApproval(bench.JobId, identity.Client, 1, bench.Terms.Digest));
            case MessageKind.Objection:
                return Signed(new Objection(bench.JobId, identity.Client, 1, bench.Terms.Digest, InspectedPart.Values));
            case MessageKind.Showing:
                return Signed(new Showing(bench.Slot(0), bench.Terms.Digest, InspectedPart.Values, new ShownPart(new byte[60], new byte[32]).ToArray()));
            case MessageKind.Verdict:
                return Signed(new Verdict(identity.Client, bench.Slot(1), bench.Terms.Digest, InspectedPart.Keys, bench.Terms.Digest, IsRight: false));
            case MessageKind.Inquiry:
                return bench.FromServer(new Inquiry(bench.Slot(3), bench.Terms.Digest, InspectedPart.Values));
            case MessageKind.CheckRequest:
                byte[] shown = new ShownPart(new byte[60], new byte[32]).ToArray();
                return bench.FromServer(new CheckRequest(
                    bench.Slot(0), 5, bench.Terms.Digest, 9, bench.Terms.Digest, InspectedPart.Values, shown, Digest.Compute(shown)));
            case MessageKind.KeySum:
                return bench.FromServer(new KeySumMessage(bench.JobId, 1, new byte[40]));
            default:
                return bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.Completed, 2));
        }
    }

    /// <summary>An aggregate of another server of the same job, so that the bench's own stays in its first round.</summary>
    private static byte[] AggregateOf(TestBench bench)
    {
        using FederationServer other = bench.Restore(bench.SaveState());
        OutgoingMessage aggregate = default;
        for (int i = 0; i < 4; i++)
        {
            aggregate = other.Receive(bench.SignedUpload(i, bench.Update(i))).FirstOrDefault(message => message.Kind == MessageKind.Aggregate);
        }

        return aggregate.Bytes.ToArray();
    }
}
