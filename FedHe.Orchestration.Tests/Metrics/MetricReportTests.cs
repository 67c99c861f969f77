using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Metrics;

namespace FedHe.Orchestration.Tests.Metrics;

/// <summary>The signed metrics of a client's training, and what can be one.</summary>
public sealed class MetricReportTests : IDisposable
{
    private static readonly Guid JobId = Guid.NewGuid();
    private static readonly RoundMetrics Metrics = RoundMetrics.Of([KeyValuePair.Create("loss", 0.25), KeyValuePair.Create("acc", 0.5)]);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ClientIdentity _client;

    public MetricReportTests() => _client = new ClientIdentity(new ClientId("c1"), _key);

    public static TheoryData<string?> NoNames => [null, string.Empty, new string('a', 33), "Loss", "a b", "a\n", "<b>", "größe", "a/b", "\u001b[2J"];

    public void Dispose() => _client.Dispose();

    [Fact]
    public void Report_SaysWhatTheClientMeasured()
    {
        MetricReport report = Read(Sign().Bytes.ToArray())!;

        report.Slot.Should().Be(new UploadSlot(JobId, 3, 2, _client.Client));
        report.Metrics.Values.Should().Equal(new SortedDictionary<string, double> { ["acc"] = 0.5, ["loss"] = 0.25 });
        report.IsSignedBy(_client.VerificationKey).Should().BeTrue();
        using ClientIdentity other = ClientIdentity.Create(new ClientId("c2"));
        report.IsSignedBy(other.VerificationKey).Should().BeFalse();
    }

    /// <summary>The bytes as docs/wire-format.md has them, made by hand.</summary>
    [Fact]
    public void Report_Is_AsDescribed()
    {
        byte[] fields =
        [
            .. "FdHe"u8, 80, 0, 1, 0, .. new byte[32], .. BitConverter.GetBytes(16L + 4 + 8 + 1 + 5 + 8 + 6 + 8 + 64),
            .. JobId.ToByteArray(bigEndian: true), 2, 0, .. "c1"u8, 3, 0, 0, 0, 2, 0, 0, 0,
            2, 3, 0, .. "acc"u8, .. BitConverter.GetBytes(0.5), 4, 0, .. "loss"u8, .. BitConverter.GetBytes(0.25),
        ];

        byte[] report = Sign().Bytes.ToArray();

        report.Should().HaveCount(fields.Length + 64);
        report[..fields.Length].Should().Equal(fields);
        _key.VerifyData((byte[])[.. Encoding.ASCII.GetBytes("FedHe metrics v1\0"), .. fields], report[fields.Length..], HashAlgorithmName.SHA256).Should().BeTrue();
    }

    [Fact]
    public void Report_WithAnyBitChanged_IsRefused_OrNotSigned()
    {
        byte[] report = Sign().Bytes.ToArray();
        for (int bit = 0; bit < 8 * report.Length; bit++)
        {
            byte[] mutated = [.. report];
            mutated[bit / 8] ^= (byte)(1 << (bit % 8));

            (Read(mutated)?.IsSignedBy(_client.VerificationKey) ?? false).Should().BeFalse("bit {0} was changed", bit);
        }
    }

    [Fact]
    public void Report_CutOffOrLengthened_IsRefused()
    {
        byte[] report = Sign().Bytes.ToArray();
        for (int length = 0; length < report.Length; length++)
        {
            Read(report[..length]).Should().BeNull("of {0} bytes", length);
        }

        Read([.. report, 0]).Should().BeNull();
    }

    /// <summary>What a client of FedHe would not write, each under its right length.</summary>
    [Theory]
    [InlineData(0, FormatError.FieldOutOfRange)]
    [InlineData(17, FormatError.FieldOutOfRange)]
    [InlineData(255, FormatError.FieldOutOfRange)]
    [InlineData(1, FormatError.TrailingBytes)]
    public void Report_WithAnotherCount_IsRefused(byte count, FormatError expected)
    {
        byte[] report = Sign().Bytes.ToArray();
        report[48 + 16 + 4 + 8] = count;

        MetricReport.TryRead(report, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(expected);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Report_OfANumberThatIsNotFinite_IsRefused(double value)
    {
        byte[] report = Sign().Bytes.ToArray();
        BitConverter.GetBytes(value).CopyTo(report, report.Length - 64 - 8);

        MetricReport.TryRead(report, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
        FluentActions.Invoking(() => RoundMetrics.Of([KeyValuePair.Create("loss", value)])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData("acc", "acc")]
    [InlineData("loss", "acc")]
    [InlineData("ac<", "loss")]
    [InlineData("acc", "LOSS")]
    public void Report_WithNamesThatAreDoubleOrInAnotherOrderOrNone_IsRefused(string first, string second)
    {
        byte[] report =
        [
            .. "FdHe"u8, 80, 0, 1, 0, .. new byte[32], .. BitConverter.GetBytes(16L + 4 + 8 + 1 + 2 + first.Length + 8 + 2 + second.Length + 8 + 64),
            .. JobId.ToByteArray(bigEndian: true), 2, 0, .. "c1"u8, 3, 0, 0, 0, 2, 0, 0, 0,
            2, (byte)first.Length, 0, .. Encoding.ASCII.GetBytes(first), .. new byte[8], (byte)second.Length, 0, .. Encoding.ASCII.GetBytes(second), .. new byte[8], .. new byte[64],
        ];

        Read(report).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(NoNames))]
    public void Name_ThatCannotBeOne_IsRefused(string? name)
    {
        RoundMetrics.IsName(name).Should().BeFalse();
        FluentActions.Invoking(() => RoundMetrics.Of([KeyValuePair.Create(name!, 1.0)])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Metrics_OfNoneOrTooManyOrTwoOfOneName_AreRefused()
    {
        KeyValuePair<string, double>[] most = [.. Enumerable.Range(0, RoundMetrics.MaxCount).Select(i => KeyValuePair.Create($"m{i}", double.MaxValue))];

        RoundMetrics.Of(most).Values.Should().HaveCount(16);
        FluentActions.Invoking(() => RoundMetrics.Of([])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => RoundMetrics.Of([.. most, KeyValuePair.Create("more", 1.0)])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => RoundMetrics.Of([KeyValuePair.Create("a", 1.0), KeyValuePair.Create("a", 2.0)])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Report_OfNoRound_IsRefused(int round, int attempt)
        => FluentActions.Invoking(() => MetricReport.Sign(JobId, round, attempt, Metrics, _client)).Should().Throw<ArgumentException>();

    [Fact]
    public void LongestReport_IsAsLongAsSaid()
    {
        using ClientIdentity longest = ClientIdentity.Create(new ClientId(new string('c', ClientId.MaxLength)));
        var most = RoundMetrics.Of(Enumerable.Range(0, RoundMetrics.MaxCount).Select(i => KeyValuePair.Create($"{i:D2}{new string('m', 30)}", 1.0)));

        byte[] report = MetricReport.Sign(JobId, int.MaxValue, int.MaxValue, most, longest).Bytes.ToArray();

        report.Should().HaveCount(MetricReport.MaxLength);
        Read(report).Should().NotBeNull();
    }

    [Fact]
    public void Reports_OneBehindTheOther_AreReadUpToWhatIsTorn()
    {
        byte[] report = Sign().Bytes.ToArray();
        for (int torn = 0; torn < report.Length; torn++)
        {
            MetricReport.ReadAll([.. report, .. report, .. report[..torn]], out int length).Should().HaveCount(2);
            length.Should().Be(2 * report.Length);
        }

        MetricReport.ReadAll([.. report, .. "FdHe"u8, 80, 0, 1, 0, .. new byte[32], .. BitConverter.GetBytes(long.MaxValue)], out int known).Should().ContainSingle();
        known.Should().Be(report.Length);
        MetricReport.ReadAll([], out _).Should().BeEmpty();
    }

    private static MetricReport? Read(byte[] bytes) => MetricReport.TryRead(bytes, out MetricReport? report, out _) ? report : null;

    private MetricReport Sign() => MetricReport.Sign(JobId, 3, 2, Metrics, _client);
}
