using FedHe.Crypto.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A contributor spoils the sum of a round unseen: clients decrypt nothing of it and object, the round is over, and the job goes on from
/// the same model with training of its own.
/// </summary>
public sealed class SpoiledRoundTests
{
    private const int Spoiler = 3;

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 2 })]
    [InlineData(new[] { 1, 2 })]
    public async Task SpoiledRounds_AreOver_AndTheJobGoesOn(int[] spoiled)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Rounds = 4 });
        bench.Network = (message, client, bytes)
            => message is Upload upload && client == bench.Name(Spoiler) && spoiled.Contains(upload.Slot.Round) ? Spoil(bench, upload) : bytes;

        await bench.StartAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 4);
        bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 4);
        bench.Ignored.Should().Contain(ignored => ignored.Reason == IgnoredReason.BadTag);
        foreach (int round in spoiled)
        {
            bench.Carried.Count(carried => carried.Message is Objection objection && objection.Round == round).Should().Be(5);
            bench.Carried.Select(carried => carried.Message).OfType<Invitation>().Where(invitation => invitation.Slot.Round > round)
                .Should().OnlyContain(invitation => invitation.BaseRound != round || invitation.Slot.Attempt == 1, "its model is nobody's");
        }

        // Every round was trained for anew: no result is in two sums that were answered for.
        foreach (var trainer in bench.Trainers)
        {
            int[] rounds = [.. trainer.Results.Select(result => result.Task.Round)];
            rounds.Should().Equal(rounds.Distinct()).And.Equal(1, 2, 3, 4);
        }
    }

    [Fact]
    public async Task SpoiledLastRound_EndsTheJobWithTheModelBefore()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        bench.Network = (message, client, bytes)
            => message is Upload { Slot.Round: 2 } upload && client == bench.Name(Spoiler) ? Spoil(bench, upload) : bytes;

        await bench.StartAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1);
    }

    [Fact]
    public async Task ObjectionsOfAMinority_ChangeNothing()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        Digest chain = default;
        bench.Network = (message, client, bytes) =>
        {
            if (message is AggregateMessage { Round: 1 } aggregate && client == bench.Name(4))
            {
                chain = VerifiableAggregate.TryRead(aggregate.Aggregate)!.List.Chain;
                foreach (int liar in new[] { 0, 1 })
                {
                    bench.Send(liar, MessageFormat.WriteSigned(
                        new Objection(bench.Job.JobId, bench.Name(liar), 1, chain, InspectedPart.Values), bench.Parameters.Id, bench.Identities[liar]));
                }
            }

            return bytes;
        };

        await bench.StartAsync();

        chain.Should().NotBe(default(Digest));
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
    }

    /// <summary>Changes a tag of the spoiler's upload, which nobody but clients can check, and signs everything anew.</summary>
    private static byte[] Spoil(CommitteeBench bench, Upload upload)
    {
        ProtectedUpdate content = ProtectedUpdate.TryRead(upload.Update)!;
        SharedKey shared = SharedKey.TryRead(content.WrappedKey)!;
        Invitation invitation = bench.Carried.Select(carried => carried.Message).OfType<Invitation>().Last(sent => sent.Slot == upload.Slot);
        var attempt = new Attempt(bench.Job.Digest, upload.Slot.Round, upload.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest);
        byte[] tags = CommitteeLab.Flipped(content.Tags, bit: 0);
        var contributor = new Contributor(bench.Name(Spoiler), bench.Trainers[Spoiler].SampleCount, content.Nonce);
        Digest boxes = BoxDigests.Of(
            [.. invitation.MemberKeys.Select(key => (key.Member, key.KeyDigest))], [.. shared.Boxes.Select(box => Digest.Compute(box.Span))]);
        ContributionSeal seal = ContributionSeal.Sign(attempt, contributor, Digest.Compute(tags), boxes, bench.Identities[Spoiler].Key);
        ProtectedUpdate spoiled = content with { Tags = tags, WrappedKey = (shared with { Signature = seal.Signature }).ToArray() };
        return MessageFormat.WriteSigned(new Upload(upload.Slot, spoiled.ToArray()), bench.Parameters.Id, bench.Identities[Spoiler]);
    }
}
