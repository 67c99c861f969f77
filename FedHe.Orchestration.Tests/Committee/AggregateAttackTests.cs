using System.Buffers.Binary;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A server changes sums after the committee answered, or has it answer for a list whose sums are wrong: clients decrypt nothing.</summary>
public sealed class AggregateAttackTests
{
    private const int Client = 2;

    [Fact]
    public async Task SumThatWasChangedAfterTheAnswers_IsRefusedBeforeDecryption()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Opening other = lab.Sum(attempt, 0, 1, 2, 3);
            byte[] aggregate = opening.Aggregate.ToMemory().ToArray();
            var refused = new List<IgnoredReason?>();
            foreach (int bit in new[] { 8 * (aggregate.Length - 3), 8 * (aggregate.Length / 2), 8 * (aggregate.Length - 200) })
            {
                refused.Add((await lab.SendAsync(Client, lab.AggregateOf(opening.List, CommitteeLab.Flipped(aggregate, bit), answers))).Ignored);
            }

            refused.Add((await lab.SendAsync(Client, lab.AggregateOf(opening.List, other.Aggregate.ToMemory(), answers))).Ignored);

            refused.Should().OnlyContain(reason => reason == IgnoredReason.NotTheListedSum || reason == IgnoredReason.BadAggregate);
            refused.Should().Contain(IgnoredReason.NotTheListedSum);
            lab.Bench.Clients[Client].ModelRound.Should().Be(0);
            (await lab.SendAsync(Client, lab.AggregateOf(opening, answers))).ModelRound.Should().Be(1, "the list itself is in order");
        }
    }

    [Fact]
    public async Task ListThatWasChangedAfterTheAnswers_OpensNothing()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // Digests and tags of another sum fit its values; the answers are for the list that members saw.
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Opening other = lab.Sum(attempt, 0, 1, 2, 3);

            ClientStep digests = await lab.SendAsync(
                Client, lab.AggregateOf(opening.List with { ContentDigests = other.List.ContentDigests }, opening.Aggregate.ToMemory(), answers));
            ClientStep tags = await lab.SendAsync(Client, lab.AggregateOf(opening.List with { Tags = other.List.Tags }, opening.Aggregate.ToMemory(), answers));
            ClientStep list = await lab.SendAsync(Client, lab.AggregateOf(other.List, other.Aggregate.ToMemory(), answers));

            digests.Ignored.Should().Be(IgnoredReason.NotTheListedSum);
            (tags.Ignored, list.Ignored).Should().Be((IgnoredReason.BadTag, IgnoredReason.BadAnswers));
            lab.Bench.Clients[Client].ModelRound.Should().Be(0);
        }
    }

    [Theory]
    [InlineData("tags")]
    [InlineData("digest of a segment")]
    [InlineData("fewer digests")]
    [InlineData("no tags")]
    public async Task WrongListThatTheCommitteeAnswered_OpensNothing_AndItsRoundHasNoOther(string change)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // Members see no sums: they answer for this list, and it is the only one of the round.
            Opening opening = lab.Sum(attempt);
            var wrong = new Opening(Change(opening.List, change), opening.Aggregate, opening.Deliveries);
            RelayedAnswer[] answers = await lab.AnswersAsync(wrong);

            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(wrong, answers));

            step.Ignored.Should().BeOneOf(IgnoredReason.BadTag, IgnoredReason.NotTheListedSum, IgnoredReason.BadAggregate);
            lab.Bench.Clients[Client].ModelRound.Should().Be(0);
            bool isTheListsFault = step.Ignored != IgnoredReason.NotTheListedSum;
            step.Messages.Select(message => lab.Bench.Parse(message)).OfType<Objection>().Should().HaveCount(isTheListsFault ? 1 : 0);
            foreach (int member in lab.All)
            {
                (await lab.OfferAsync(member, opening.List)).Ignored.Should().Be(IgnoredReason.SecondList);
            }

            // The job goes on with the next round, from the same model.
            LabAttempt next = await lab.InviteAsync(2, attempt: 1, await lab.RequestKeysAsync(round: 2));
            await lab.CompleteAsync(lab.Sum(next));
            lab.Bench.CheckAverage(round: 2);
        }
    }

    [Fact]
    public async Task SumForAnotherRoundOrJob_IsRefused()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            AggregateMessage message = lab.AggregateOf(opening, await lab.AnswersAsync(opening));

            (await lab.SendAsync(Client, message with { Round = 2 })).Ignored.Should().Be(IgnoredReason.BadAggregate);
            (await lab.SendAsync(Client, message with { JobId = Guid.NewGuid() })).Ignored.Should().Be(IgnoredReason.NotForThisClient);
            lab.Bench.Clients[Client].ModelRound.Should().Be(0);
        }
    }

    private static ContributorList Change(ContributorList list, string change)
    {
        byte[] tags = list.Tags.ToArray();
        switch (change)
        {
            case "tags":
                BinaryPrimitives.WriteUInt64LittleEndian(tags, BinaryPrimitives.ReadUInt64LittleEndian(tags) ^ 1);
                return list with { Tags = tags };
            case "digest of a segment":
                return list with { ContentDigests = list.ContentDigests.SetItem(ContributorList.OtherDigests, Digest.Compute("other"u8)) };
            case "fewer digests":
                return list with { ContentDigests = list.ContentDigests[..ContributorList.OtherDigests] };
            default:
                return list with { Tags = default };
        }
    }
}
