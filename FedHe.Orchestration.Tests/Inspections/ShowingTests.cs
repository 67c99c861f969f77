using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Inspections;

/// <summary>A client shows one part of the latest attempt that is void for itself, always with the same bytes, and nothing else.</summary>
public sealed class ShowingTests
{
    private static readonly BenchOptions WithClearLayer = new() { Scheme = "ckks", Mask = EncryptionMask.Layers(TestModel.Layout, "output") };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Showing_OfOnePart_HasNothingOfTheOther(bool showsValues)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        ProtectedUpdate own = lab.Uploads[0];
        (int first, int count) = lab.Protocol.TagsOf(InspectedPart.Keys);
        ReadOnlyMemory<byte>[] ofValues = [own.Update[^64..], own.Update[40..104], own.Tags[..(first * 16)]];
        ReadOnlyMemory<byte>[] ofKeys = [own.WrappedKey[^64..], own.WrappedKey[..64], own.Tags.Slice(first * 16, count * 16)];
        VerifiableAggregate sum = showsValues ? await VoidValuesAsync(lab) : await VoidKeysAsync(lab);

        Showing shown = (await lab.AskAsync(showsValues ? InspectedPart.Values : InspectedPart.Keys, sum))!;

        byte[] bytes = shown.Shown.ToArray();
        (showsValues ? ofValues : ofKeys).Should().OnlyContain(part => Holds(bytes, part), "the part is shown");
        (showsValues ? ofKeys : ofValues).Should().OnlyContain(part => !Holds(bytes, part), "the other part is not");
    }

    [Fact]
    public async Task Showing_OfOneUpload_HasTheSameBytesHoweverOftenAndAfterARestart()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate sum = await VoidValuesAsync(lab);
        byte[] inquiry = lab.Bench.FromServer(new Inquiry(lab.Bench.Slot(0), sum.List.Chain, InspectedPart.Values));

        ClientStep first = await lab.Bench.Clients[0].HandleAsync(inquiry);
        byte[] state = first.State!.ToArray();
        ClientStep second = await lab.Bench.Clients[0].HandleAsync(inquiry);
        ClientStep restored = await FederationClient.Restore(lab.Bench.ClientSetup(0), state).HandleAsync(inquiry);

        second.Messages.Single().ToArray().Should().Equal(first.Messages.Single().ToArray());
        restored.Messages.Single().ToArray().Should().Equal(first.Messages.Single().ToArray());
    }

    [Fact]
    public async Task Server_ThatAsksForBothParts_GetsOne()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate keys = await VoidKeysAsync(lab);
        (await lab.AskAsync(InspectedPart.Keys, keys)).Should().NotBeNull();
        (await lab.AskAsync(InspectedPart.Values, keys)).Should().BeNull();
        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.NotVoid, "the list is void because of its keys");

        RoundKeyLab.Part[] parts = lab.All;
        VerifiableAggregate values = lab.Sum(parts, tags: parts[1..]);
        (await lab.DeliverAsync(values)).Should().Be(IgnoredReason.SecondList, "the client has shown its key of this attempt");
        (await lab.AskAsync(InspectedPart.Values, values)).Should().BeNull();
        (await lab.DeliverAsync(lab.HonestSum())).Should().Be(IgnoredReason.SecondList);
    }

    [Fact]
    public async Task Server_ThatHasSentValues_GetsNoKeyOfThatAttempt()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        RoundKeyLab.Part[] parts = lab.All;

        // The tags of the keys of one client are missing, and the values came along.
        RoundKeyLab.Part[] wrong = [parts[0] with { Upload = parts[0].Upload with { Tags = WithWrongKeyTag(lab, parts[0].Upload.Tags) } }, .. parts[1..]];
        VerifiableAggregate sum = lab.Sum(parts, tags: wrong);
        (await lab.DeliverAsync(sum)).Should().Be(IgnoredReason.BadTag);

        (await lab.AskAsync(InspectedPart.Keys, sum)).Should().BeNull("single keys beside a sum of values tell of single values");
        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.NotVoid);
        await lab.DeliverKeysAsync(lab.KeysOf(sum));
        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.Outdated, "not even where the server sends the keys again, alone");
        (await lab.AskAsync(InspectedPart.Keys, lab.KeysOf(sum))).Should().BeNull();
    }

    [Fact]
    public async Task Rules_ForAnUploadOfWhichAPartWasShown_RefuseTheOther()
    {
        // The last guard: whatever made the other part void, even for the same list.
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        UploadSlot slot = lab.Bench.Slot(0);
        Digest list = Digest.Compute("list"u8);
        var state = new ClientState(new EpochLine(null!))
        {
            Void = new VoidAttempt(slot.Round, slot.Attempt, default, list, InspectedPart.Values, WithValues: true),
            Upload = new SentUpload(
                new Invitation(slot, default, 1), new SignedMessage(ReadOnlyMemory<byte>.Empty), default, showing: new SentShowing(list, InspectedPart.Keys, new byte[64])),
        };

        InspectionRules.Check(new Inquiry(slot, list, InspectedPart.Values), state, slot.Client).Should().Be(IgnoredReason.OtherPart);
        state.Upload.Showing = new SentShowing(list, InspectedPart.Values, new byte[64]);
        InspectionRules.Check(new Inquiry(slot, list, InspectedPart.Values), state, slot.Client).Should().BeNull();
    }

    [Fact]
    public async Task Inquiry_OfAnAttemptThatIsNotVoidForTheClient_IsIgnored()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        (await lab.AskAsync(InspectedPart.Values, honest)).Should().BeNull("nothing was refused");
        (await lab.DeliverAsync(honest, index: 1)).Should().BeNull();
        (await lab.AskAsync(InspectedPart.Values, honest, index: 1)).Should().BeNull("the client opened that sum");

        VerifiableAggregate sum = await VoidValuesAsync(lab);
        UploadSlot own = lab.Bench.Slot(0);
        foreach (UploadSlot other in new[] { lab.Bench.Slot(0, round: 2), lab.Bench.Slot(0, attempt: 2), lab.Bench.Slot(1) })
        {
            (await lab.AskAsync(InspectedPart.Values, sum, slot: other)).Should().BeNull();
            lab.Bench.Clients[0].LastIgnored.Should().BeOneOf(IgnoredReason.NotVoid, IgnoredReason.NotForThisClient);
        }

        (await lab.AskAsync(InspectedPart.Keys, sum)).Should().BeNull("the other part is not what is wrong");
        (await lab.AskAsync(InspectedPart.Values, honest)).Should().BeNull("that is another list");
        (await lab.AskAsync(InspectedPart.Values, sum, slot: own)).Should().NotBeNull();
    }

    [Fact]
    public async Task Inquiry_AfterTheNextUpload_GetsNothing()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate sum = await VoidValuesAsync(lab);
        UploadSlot slot = lab.Bench.Slot(0);
        var next = new Invitation(lab.Bench.Slot(0, attempt: 2), lab.Attempt.Base, lab.Attempt.ReferenceWeight, wasPublished: true);
        (await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(next))).Should().ContainSingle();

        (await lab.AskAsync(InspectedPart.Values, sum, slot: slot)).Should().BeNull();
        (await lab.AskAsync(InspectedPart.Values, sum, slot: next.Slot)).Should().BeNull();
    }

    [Fact]
    public async Task CheckRequest_ThatIsForgedOrNotVoid_IsIgnored()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate sum = lab.Sum(lab.All, tags: lab.All[1..]);
        CheckRequest request = RequestOf(lab, sum, 1);
        (await CheckAsync(lab, request)).Should().BeNull("nothing is void");
        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.NotVoid);

        await lab.DeliverAsync(sum);
        (await CheckAsync(lab, request with { Slot = lab.Bench.Slot(1, attempt: 2) })).Should().BeNull();
        (await CheckAsync(lab, request with { List = default })).Should().BeNull();
        (await CheckAsync(lab, request with { Part = InspectedPart.Keys })).Should().BeNull();
        (await CheckAsync(lab, request with { Slot = lab.Bench.Slot(0) })).Should().BeNull("nobody checks itself");
        (await CheckAsync(lab, request with { Shown = new byte[request.Shown.Length] })).Should().BeNull();
        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.ServerSignature, "the server signed other bytes");
        (await CheckAsync(lab, request))!.IsRight.Should().BeTrue();
    }

    [Theory]
    [InlineData(InspectedPart.Values)]
    [InlineData(InspectedPart.Keys)]
    internal async Task CheckRequest_OfAnythingButWhatTheClientUploaded_IsFoundWrong(InspectedPart part)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate sum = part == InspectedPart.Values ? await VoidValuesAsync(lab) : await VoidKeysAsync(lab);
        CheckRequest request = RequestOf(lab, sum, 1, part);
        ShownPart shown = ShownPart.TryRead(request.Shown)!;
        ShownPart other = ShownPart.TryRead(RequestOf(lab, sum, 2, part).Shown)!;
        CheckRequest[] forged =
        [
            request with { Weight = request.Weight + 1 },
            request with { Nonce = lab.Uploads[2].Nonce },
            request with { ReferenceWeight = request.ReferenceWeight - 1 },
            request with { Slot = lab.Bench.Slot(2) },
            With(request, shown with { Content = other.Content }),
            With(request, shown with { Tags = other.Tags }),
            With(request, other),
            With(request, shown with { Content = default }),
            With(request, shown with { Tags = default }),
            With(request, shown with { Tags = Enumerable.Repeat((byte)0xFF, shown.Tags.Length).ToArray() }),
            With(request, shown with { Content = Flipped(shown.Content) }),
            request with { Shown = new byte[7], ShownDigest = Digest.Compute(new byte[7]) },
        ];

        (await CheckAsync(lab, request))!.IsRight.Should().BeTrue();
        foreach (CheckRequest one in forged)
        {
            (await CheckAsync(lab, one))!.IsRight.Should().BeFalse();
        }
    }

    [Fact]
    public async Task Inspection_InTheDirectMode_IsIgnoredByBothSides()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();

        foreach (ServerMessage message in new ServerMessage[]
        {
            new Inquiry(bench.Slot(0), default, InspectedPart.Values),
            new CheckRequest(bench.Slot(1), 1, default, 1, default, InspectedPart.Values, default, Digest.Compute([])),
            new KeySumMessage(bench.JobId, 1, new byte[3]),
        })
        {
            (await bench.Clients[0].ReceiveAsync(bench.FromServer(message))).Should().BeEmpty();
            bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.UnexpectedMessage);
        }

        foreach (ClientMessage message in new ClientMessage[]
        {
            new Showing(bench.Slot(0), default, InspectedPart.Values, default),
            new Verdict(bench.Clients[0].Client, bench.Slot(1), default, InspectedPart.Values, default, IsRight: false),
            new KeyApproval(bench.JobId, bench.Clients[0].Client, 1, default),
        })
        {
            bench.ReasonIn(bench.Server.Receive(MessageFormat.WriteSigned(message, bench.Context.ParametersId, bench.Identities[0])))
                .Should().BeOneOf(RefusalReason.NotInspected, RefusalReason.WrongRound);
        }
    }

    internal static async Task<VerifiableAggregate> VoidValuesAsync(RoundKeyLab lab, int index = 0)
    {
        RoundKeyLab.Part[] parts = lab.All;
        RoundKeyLab.Part[] wrong = [parts[0] with { Upload = parts[0].Upload with { Tags = Flipped(parts[0].Upload.Tags) } }, .. parts[1..]];
        VerifiableAggregate sum = lab.Sum(parts, tags: wrong);
        (await lab.DeliverAsync(sum, index)).Should().Be(IgnoredReason.BadTag);
        return sum;
    }

    internal static async Task<VerifiableAggregate> VoidKeysAsync(RoundKeyLab lab, int index = 0)
    {
        RoundKeyLab.Part[] parts = lab.All;
        RoundKeyLab.Part[] wrong = [parts[0] with { Upload = parts[0].Upload with { Tags = WithWrongKeyTag(lab, parts[0].Upload.Tags) } }, .. parts[1..]];
        VerifiableAggregate keys = lab.KeysOf(lab.Sum(parts, tags: wrong));
        var objection = (Objection)lab.Bench.Parse((await lab.DeliverKeysAsync(keys, index)).Single());
        (objection.Part, objection.Chain).Should().Be((InspectedPart.Keys, keys.List.Chain));
        return keys;
    }

    private static byte[] WithWrongKeyTag(RoundKeyLab lab, ReadOnlyMemory<byte> tags)
    {
        byte[] bytes = tags.ToArray();
        bytes[(lab.Protocol.Lengths.TagCount - 1) * 16] ^= 1;
        return bytes;
    }

    private static byte[] Flipped(ReadOnlyMemory<byte> source)
    {
        byte[] bytes = source.ToArray();
        bytes[0] ^= 1;
        return bytes;
    }

    private static bool Holds(byte[] bytes, ReadOnlyMemory<byte> part) => bytes.AsSpan().IndexOf(part.Span) >= 0;

    private static CheckRequest With(CheckRequest request, ShownPart part)
        => request with { Shown = part.ToArray(), ShownDigest = Digest.Compute(part.ToArray()) };

    private static CheckRequest RequestOf(RoundKeyLab lab, VerifiableAggregate sum, int index, InspectedPart part = InspectedPart.Values)
    {
        Contributor contributor = lab.Own(index).Contributor;
        byte[] shown = ShownPart.TryCut(lab.Uploads[index].ToArray(), part, lab.Protocol)!.ToArray();
        return new CheckRequest(
            lab.Bench.Slot(index), contributor.Weight, contributor.Nonce, lab.Attempt.ReferenceWeight, sum.List.Chain, part, shown, Digest.Compute(shown));
    }

    private static async Task<Verdict?> CheckAsync(RoundKeyLab lab, CheckRequest request)
        => (await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(request))).Select(lab.Bench.Parse).OfType<Verdict>().SingleOrDefault();
}
