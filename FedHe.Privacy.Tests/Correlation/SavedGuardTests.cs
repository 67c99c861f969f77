using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;
using FedHe.Privacy.States;
using FedHe.Privacy.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Privacy.Tests.Correlation;

/// <summary>Saved participation guards refuse what they refused before, and older copies are refused.</summary>
public sealed class SavedGuardTests
{
    private const int Seed = 29;

    private static readonly ParticipationSchedule Schedule = new(10, separation: 3, participations: 2);

    [Fact]
    public void Guard_ReadBack_RefusesWhatItRefused()
    {
        ParticipationGuard guard = Full();
        byte[] bytes = guard.Encode();
        ParticipationGuard read = ParticipationGuard.Decode(bytes, Schedule, guard.Stamp);
        foreach (string unit in new[] { "a", "b", "\u00e9\U0001F600", "unknown" })
        {
            for (int round = -1; round <= 10; round++)
            {
                read.Allows(unit, round).Should().Be(guard.Allows(unit, round), $"{unit} in round {round}");
            }
        }

        Refusal.Of(() => read.Record("a", 9), PrivacyError.ParticipationRefused);
        read.Encode().AsSpan(46).SequenceEqual(bytes.AsSpan(46)).Should().BeTrue("all but the stamp is the same");
        Convert.ToHexStringLower(bytes.AsSpan(0, 18)).Should().Be("464844470100" + "0a000000" + "03000000" + "02000000", "docs/wire-format.md describes the bytes");
        Convert.ToHexStringLower(bytes.AsSpan(46, 15)).Should().Be("03000000" + "0100" + "61" + "04000000" + "02000000");
    }

    [Fact]
    public void Guard_OfAnOlderCopyOrAnotherSchedule_IsRefused()
    {
        var guard = new ParticipationGuard(Schedule);
        guard.Record("a", 1);
        byte[] old = guard.Encode();
        guard.Record("b", 2);

        // The attack: in the copy b has not taken part, and would be let in again at once.
        Refusal.Of(() => ParticipationGuard.Decode(old, Schedule, guard.Stamp), PrivacyError.OutdatedState);
        ParticipationGuard one = ParticipationGuard.Decode(guard.Encode(), Schedule, guard.Stamp);
        ParticipationGuard other = ParticipationGuard.Decode(guard.Encode(), Schedule, guard.Stamp);
        one.Record("c", 3);
        Refusal.Of(() => ParticipationGuard.Decode(other.Encode(), Schedule, one.Stamp), PrivacyError.OutdatedState);
        foreach (ParticipationSchedule schedule in new ParticipationSchedule[] { new(11, 3, 2), new(10, 4, 2), new(10, 3, 3) })
        {
            Refusal.Of(() => ParticipationGuard.Decode(guard.Encode(), schedule, guard.Stamp), PrivacyError.StateOfAnotherPlan);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\uD800")]
    public void Units_WhoseNamesWouldNotBeReadBack_AreRefused(string unit)
    {
        var guard = new ParticipationGuard(Schedule);
        PrivacyStateStamp before = guard.Stamp;
        Action record = () => guard.Record(unit, 1);
        record.Should().Throw<ArgumentException>();
        Action tooLong = () => guard.Record(new string('x', ParticipationGuard.LongestUnit + 1), 1);
        tooLong.Should().Throw<ArgumentException>();
        guard.Stamp.Should().Be(before);
        guard.Record(new string('x', ParticipationGuard.LongestUnit), 1);
        ParticipationGuard.Decode(guard.Encode(), Schedule, guard.Stamp).Allows(new string('x', ParticipationGuard.LongestUnit), 2).Should().BeFalse();
    }

    [Fact]
    public void Decode_OfHostileBytes_RefusesByNameOrGivesAGuardOfThoseBytes()
    {
        ParticipationGuard guard = Full();
        byte[] original = guard.Encode();
        var hostile = new HostileBytes(Seed);
        foreach (ReadOnlyMemory<byte> prefix in HostileBytes.Truncations(original))
        {
            Refuses(prefix.Span).Should().BeTrue();
        }

        Refuses([.. original, 0]).Should().BeTrue();
        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(original, original.Length).Concat(HostileBytes.ExtremeFields(original, 250)))
        {
            Refuses(spoilt.Span);
        }

        for (int i = 0; i < 5_000; i++)
        {
            Refuses(hostile.Next(original));
        }

        bool Refuses(ReadOnlySpan<byte> bytes)
        {
            try
            {
                ParticipationGuard.Decode(bytes, Schedule, guard.Stamp).Encode().AsSpan(46).SequenceEqual(bytes[46..]).Should().BeTrue($"accepted bytes are canonical, seed {Seed}");
                return false;
            }
            catch (PrivacyException exception)
            {
                exception.Error.Should().BeOneOf(PrivacyError.MalformedState, PrivacyError.StateOfAnotherPlan, PrivacyError.OutdatedState);
                return true;
            }
        }
    }

    [Fact]
    public void Decode_OfACountThatTheBytesCannotHold_AllocatesNothingForIt()
    {
        var guard = new ParticipationGuard(Schedule);
        byte[] bytes = guard.Encode();
        bytes.AsSpan(bytes.Length - sizeof(int)).Fill(0x7F);
        Refusal.Of(() => ParticipationGuard.Decode(bytes, Schedule, guard.Stamp), PrivacyError.MalformedState);
    }

    private static ParticipationGuard Full()
    {
        var guard = new ParticipationGuard(Schedule);
        guard.Record("b", 0);
        guard.Record("a", 1);
        guard.Record("\u00e9\U0001F600", 3);
        guard.Record("a", 4);
        return guard;
    }
}
