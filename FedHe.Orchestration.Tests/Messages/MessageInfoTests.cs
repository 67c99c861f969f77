using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Messages;

/// <summary>A host can see what a message says about itself, at its beginning.</summary>
public sealed class MessageInfoTests
{
    [Fact]
    public async Task Info_OfEveryKind_IsWhatTheMessageSays()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ClientId client = bench.Identities[0].Client;
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        Guid job = bench.JobId;

        Check((await bench.Authority.HandleAsync(request.Bytes)).Answer, MessageKind.KeyGrant, client);
        Check(request.Bytes, MessageKind.KeyRequest, client);
        Check((await bench.Authority.HandleAsync(new byte[3])).Answer, MessageKind.KeyRefusal);
        Check(bench.Clients[0].Announce(), MessageKind.Announcement, client);
        Check(bench.SignedUpload(0, new byte[9], round: 7, attempt: 3), MessageKind.Upload, client, 7, 3);
        Check(Signed(new AggregateRequest(job, client, 4, 1)), MessageKind.AggregateRequest, client, 4);
        Check(Signed(new Confirmation(job, client, 5, default)), MessageKind.Confirmation, client, 5);
        Check(Signed(new Objection(job, client, 6, default)), MessageKind.Objection, client, 6);
        Check(bench.FromServer(new Invitation(bench.Slot(0, 2, 3), default, 1)), MessageKind.Invitation, client, 2, 3);
        Check(bench.FromServer(new Acknowledgement(job, default, RefusalReason.None)), MessageKind.Acknowledgement);
        Check(bench.FromServer(new AggregateMessage(job, 8, new byte[3])), MessageKind.Aggregate, null, 8);
        Check(bench.FromServer(new Conclusion(job, FederationOutcome.Completed, 2)), MessageKind.Conclusion, null, 2);
        Check(bench.FromServer(new HistoryMessage(job, [new byte[3]])), MessageKind.History);
        Check(bench.FromServer(new ConfirmationsMessage(job, 9, [new RelayedConfirmation(client, new byte[64])])), MessageKind.Confirmations, null, 9);
        Check(Signed(new KeyApproval(job, client, 10, default)), MessageKind.KeyApproval, client, 10);
        Check(Signed(new Showing(bench.Slot(0, 11, 2), default, InspectedPart.Keys, new byte[9])), MessageKind.Showing, client, 11, 2);
        Check(
            Signed(new Verdict(client, bench.Slot(1, 12, 3), default, InspectedPart.Keys, default, IsRight: false)), MessageKind.Verdict, client, 12, 3);
        Check(bench.FromServer(new KeySumMessage(job, 13, new byte[3])), MessageKind.KeySum, null, 13);
        Check(bench.FromServer(new Inquiry(bench.Slot(0, 14, 4), default, InspectedPart.Values)), MessageKind.Inquiry, client, 14, 4);
        Check(
            bench.FromServer(new CheckRequest(bench.Slot(0, 15, 5), 1, default, 1, default, InspectedPart.Values, default, default)),
            MessageKind.CheckRequest,
            client,
            15,
            5);
        Check(bench.FromServer(new MemberKeyRequest(job, 16)), MessageKind.MemberKeyRequest, null, 16);
        Check(Signed(new MemberKeyMessage(job, client, 1, 17, new byte[65])), MessageKind.MemberKey, client, 17);
        Check(bench.FromServer(new BoxDelivery(job, client, 18, new byte[9])), MessageKind.BoxDelivery, client, 18);
        Check(Signed(new BoxReport(job, client, 19, 6, [])), MessageKind.BoxReport, client, 19, 6);
        Check(bench.FromServer(new ListOffer(job, 20, new byte[9])), MessageKind.ListOffer, null, 20);
        Check(Signed(new ShareAnswer(job, client, 21, default, new byte[9])), MessageKind.ShareAnswer, client, 21);
        Check(bench.FromServer(new EpochOffer(job, 22, default, new byte[9])), MessageKind.EpochOffer, null, 22);
        Check(Signed(new EpochVote(job, client, 23, 2, default)), MessageKind.EpochVote, client, 23);
        Check(bench.FromServer(new EpochMessage(job, 24, new byte[9])), MessageKind.Epoch, null, 24);

        byte[] Signed(ClientMessage message) => MessageFormat.WriteSigned(message, bench.Context.ParametersId, bench.Identities[0]);

        void Check(ReadOnlyMemory<byte> bytes, MessageKind kind, ClientId? sender = null, int round = 0, int attempt = 0)
        {
            var expected = new MessageInfo(kind, job, sender, round, attempt);
            MessageInfo.TryRead(bytes.Span, out MessageInfo? info).Should().BeTrue();
            info.Should().Be(expected);
            MessageInfo.TryRead(bytes.Span[..Math.Min(bytes.Length, 200)], out info).Should().BeTrue("the beginning is enough");
            for (int length = 0; length < 65; length++)
            {
                MessageInfo.TryRead(bytes.Span[..length], out info).Should().BeFalse();
            }
        }
    }

    [Fact]
    public async Task Info_OfOtherBytes_IsNone()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] announcement = bench.Clients[0].Announce().ToArray();

        foreach (int offset in new[] { 0, 4, 6, 48, 65 })
        {
            byte[] changed = [.. announcement];
            changed[offset] ^= 0x70;
            MessageInfo.TryRead(changed, out _).Should().BeFalse("byte {0}", offset);
        }
    }
}
