using System.Globalization;
using System.Text.RegularExpressions;

namespace FedHe.Samples.Tests;

/// <summary>Differential privacy of records and of hospitals in the main sample, as a user meets it.</summary>
public sealed partial class HospitalPrivacyTests : IDisposable
{
    private const int Unusable = 1;
    private const int BadInput = 2;
    private const int BudgetSpent = 6;

    private static readonly string[] Promise = ["--dp", "record", "--epsilon", "8", "--delta", "1e-5", "--clip", "1"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--dp record --delta 1e-5 --clip 1", "*--dp record needs --epsilon*")]
    [InlineData("--dp record --epsilon 8 --clip 1", "*--dp record needs --delta*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5", "*--dp record needs --clip*")]
    [InlineData("--epsilon 8", "*--epsilon*no effect with --dp none*")]
    [InlineData("--dp none --delta 1e-5", "*--delta*no effect with --dp none*")]
    [InlineData("--dp none --clip 1", "*--clip*no effect with --dp none*")]
    [InlineData("--sampling-rate 0.1", "*--sampling-rate*no effect with --dp none*")]
    [InlineData("--noise-multiplier 1", "*--noise-multiplier*no effect with --dp none*")]
    [InlineData("--privacy-report x.html", "*--privacy-report*no effect with --dp none*")]
    [InlineData("--dp client --delta 1e-5 --clip 1", "*--dp client needs --epsilon*")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5", "*--dp client needs --clip*")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --weights hidden", "*leave out --weights*")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --mask-ratio 0.1", "*--dp client encrypts every parameter*")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --precision 20", "*travel exactly: leave out --precision*")]
    [InlineData("--dp client --epsilon 8 --delta 1e-5 --clip 1 --noise-multiplier 2", "*--noise-multiplier has no effect with --dp client*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --planned-dropouts 1", "*--planned-dropouts has no effect with --dp record*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --records 100", "*--records has no effect with --dp record*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --count-noise 0.5", "*--count-noise must be a number from 1 to 1000*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --count-noise 9 --batch 8", "*leave out --batch*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --count-noise 9 --direct", "*leave out --direct*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1 --records 9 --count-noise 9", "*--count-noise has no effect with --form distributed*")]
    [InlineData("--count-noise 9", "*--count-noise*no effect with --dp none*")]
    [InlineData("--adaptive-clip", "*--adaptive-clip*no effect with --dp none*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --rotate", "*--rotate has no effect with --dp record*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1", "*--form distributed needs --records*")]
    [InlineData("--dp record --form distributed --delta 1e-5 --clip 1 --records 9", "*--form distributed needs --epsilon*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1 --records 0", "*--records must be a whole number of at least 1*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1 --records 9 --sampling-rate 0.5", "*--sampling-rate has no effect with --form distributed*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1 --records 9 --mask-ratio 0.1", "*--form distributed encrypts every parameter*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1 --records 9 --epochs 2", "*--epochs has no effect with --form distributed*")]
    [InlineData("--dp record --form distributed --epsilon 8 --delta 1e-5 --clip 1 --records 9 --batch 8", "*--batch has no effect with --form distributed*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --form central", "*local or distributed, not 'central'*")]
    [InlineData("--form local", "*--form*no effect with --dp none*")]
    [InlineData("--dp client --form local --epsilon 8 --delta 1e-5 --clip 1", "*--form has no effect with --dp client*")]
    [InlineData("--dp silo", "*none, record or client, not 'silo'*")]
    [InlineData("--dp record --epsilon 0 --delta 1e-5 --clip 1", "*--epsilon must be a number above 0*")]
    [InlineData("--dp record --epsilon NaN --delta 1e-5 --clip 1", "*--epsilon must be a number above 0*")]
    [InlineData("--dp record --epsilon 8 --delta 1 --clip 1", "*--delta must be a number above 0 and below 1*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 0", "*--clip must be a number above 0*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --sampling-rate 1.1", "*--sampling-rate*at most 1*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --weights clear", "*leave out --weights*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --weights hidden", "*leave out --weights*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --mask-ratio 0.1", "*chosen by sensitivity*")]
    [InlineData("--dp record --epsilon 8 --delta 1e-5 --clip 1 --mask-policy top(0.1)", "*chosen by sensitivity*")]
    public async Task Promise_ThatIsNoneOrWouldBeBroken_IsRefusedByName(string arguments, string message)
    {
        SampleResult result = await SampleProcess.RunAsync(SampleProcess.Hospitals, arguments.Split(' '));
        result.ExitCode.Should().Be(Unusable);
        result.Errors.Should().Match(message);
        result.Output.Should().NotContain("round 1");
    }

    [Fact]
    public async Task Record_WithDropouts_ShowsThePlanAndWhatEveryRoundSpent()
    {
        string report = Path.Combine(_folder.Location, "privacy.html");
        SampleResult result = await RunAsync([.. Promise, "--rounds", "3", "--dropout", "0.4", "--privacy-report", report]);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain("unit Record, form LocalDpSgd: epsilon 8 at delta 1E-05").And.Contain("neighbors: one record of one hospital more or less")
            .And.Contain("gradients clipped at 1").And.Contain("noise multiplier ").And.Contain("3 rounds of 4 steps cost epsilon 8\n")
            .And.Contain("holds against everybody but that hospital").And.Contain("weights: 1 for every hospital").And.Contain("weights all 1");
        double[] spent = Spent(result.Output);
        spent.Should().HaveCount(3).And.BeInAscendingOrder();

        // Uploads that were lost are sent again with the result that was kept, which costs nothing: all rounds fit although attempts were repeated.
        spent[^1].Should().Be(8);
        string page = await File.ReadAllTextAsync(report);
        page.Should().Contain("hospital-3").And.Contain("round 3, 1 x 4 steps of local training").And.Contain("Record (LocalDpSgd)").And.NotContain("<script");
    }

    [Fact]
    public async Task Record_WithNoisedCounts_PaysForThemOnceBesideTheTraining()
    {
        string report = Path.Combine(_folder.Location, "privacy.html");
        SampleResult result = await RunAsync([.. Promise, "--rounds", "2", "--count-noise", "20", "--privacy-report", report]);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain("weights with noise").And.Contain("noise of a standard deviation of 20, drawn once and paid for")
            .And.Contain("2 rounds of 4 steps cost epsilon 8\n").And.Contain("was spent on each record at most");
        Spent(result.Output).Should().HaveCount(2).And.BeInAscendingOrder();
        string page = await File.ReadAllTextAsync(report);
        page.Should().Contain("noised number of records").And.Contain("round 2, 1 x 4 steps of local training");
    }

    [Theory]
    [InlineData("first")]
    [InlineData("first | last")]
    public async Task Record_WithLayersInClearByAPublicRule_Runs(string policy)
    {
        SampleResult result = await RunAsync([.. Promise, "--rounds", "1", "--mask-policy", policy]);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain($"mask: {policy}: ");
    }

    [Fact]
    public async Task Record_CountsOfRecords_AreNowhere()
    {
        string path = _folder.Write("data.csv", "x,y,class\n" + string.Concat(Enumerable.Range(0, 400).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},{i % 4},{i % 2}\n"))));
        string[] data = ["--data", path, "--clients", "2", "--alpha", "0.3", "--rounds", "1", "--model", "linear"];
        SampleResult clear = await SampleProcess.RunAsync(SampleProcess.Hospitals, data);
        SampleResult result = await SampleProcess.RunAsync(SampleProcess.Hospitals, [.. data, .. Promise]);
        SampleResult noised = await SampleProcess.RunAsync(SampleProcess.Hospitals, [.. data, .. Promise, "--count-noise", "5"]);

        string counts = clear.Output.Split('\n').Single(line => line.StartsWith("hospitals: ", StringComparison.Ordinal));
        counts.Should().Contain(" samples");
        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Split('\n').Should().Contain("hospitals: 2");
        noised.ExitCode.Should().Be(0, noised.Errors);
        noised.Output.Split('\n').Should().Contain("hospitals: 2");
    }

    [Fact]
    public async Task Budget_SpentBeforeTheLastRound_StopsWithTheLastModel()
    {
        SampleResult result = await RunAsync(["--dp", "record", "--epsilon", "2", "--delta", "1e-5", "--clip", "1", "--rounds", "6", "--noise-multiplier", "2"]);

        result.ExitCode.Should().Be(BudgetSpent);
        result.Output.Should().Contain("MORE than the budget")
            .And.Contain("3 hospitals stopped").And.Contain("the model of round 1 of 6 is kept");
        Spent(result.Output).Should().ContainSingle().Which.Should().BeInRange(1, 2);
    }

    [Fact]
    public async Task Client_WithAnAdaptiveClipAndARotation_PaysForTheBitsToo()
    {
        string report = Path.Combine(_folder.Location, "privacy.html");
        SampleResult result = await RunAsync(
            ["--dp", "client", "--epsilon", "15", "--delta", "1e-5", "--clip", "1", "--rounds", "2", "--adaptive-clip", "--rotate", "--privacy-report", report], clients: 5);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain("the clip follows the norm that 50").And.Contain("rotated by public random signs");
        double[] spent = Spent(result.Output);
        spent.Should().HaveCount(2).And.BeInAscendingOrder();
        spent[^1].Should().BeInRange(7.5, 15);
        (await File.ReadAllTextAsync(report)).Should().Contain("bits of the clip of 5 clients");
    }

    [Fact]
    public async Task Record_InTheDistributedForm_ShowsAccuracyBesideTheBudgetOfEveryRound()
    {
        string report = Path.Combine(_folder.Location, "privacy.html");
        SampleResult result = await RunAsync(
            [.. Promise, "--form", "distributed", "--records", "100", "--rounds", "3", "--dropout", "0.2", "--learning-rate", "0.5", "--privacy-report", report], clients: 5);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain("unit Record, form DistributedGradient: epsilon 8 at delta 1E-05").And.Contain("gradients clipped at 1")
            .And.Contain("each of 5 hospitals adds 1/3 of the variance: 1 may drop out and 1 may collude").And.Contain("divided by 100 everywhere")
            .And.Contain("by clip and noise").And.Contain("was spent on each record at most").And.Contain("weights all 1");
        double[] spent = Spent(result.Output);
        spent.Should().HaveCount(3).And.BeInAscendingOrder();
        spent[^1].Should().BeInRange(4, 8);
        string page = await File.ReadAllTextAsync(report);
        page.Should().Contain("round 3, sum of ").And.Contain("Record (DistributedGradient)").And.NotContain("<script");
    }

    [Fact]
    public async Task Client_WithACommittee_ShowsAccuracyBesideTheBudgetOfEveryRound()
    {
        string report = Path.Combine(_folder.Location, "privacy.html");
        SampleResult result = await RunAsync(
            ["--dp", "client", "--epsilon", "15", "--delta", "1e-5", "--clip", "1", "--rounds", "3", "--dropout", "0.2", "--privacy-report", report], clients: 5);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain("unit Client: epsilon 15 at delta 1E-05").And.Contain("differences clipped at 1")
            .And.Contain("each of 5 hospitals adds 1/3 of the variance: 1 may drop out and 1 may collude")
            .And.Contain("by clip and noise").And.Contain("was spent on each hospital at most").And.Contain("weights all 1");
        double[] spent = Spent(result.Output);
        spent.Should().HaveCount(3).And.BeInAscendingOrder();
        spent[^1].Should().BeInRange(7.5, 15);
        string page = await File.ReadAllTextAsync(report);
        page.Should().Contain("round 3, sum of ").And.Contain("Client").And.Contain("against the server and the planned number of colluding hospitals").And.NotContain("<script");
    }

    [Fact]
    public async Task Client_InTheDirectMode_IsRefusedByName()
    {
        SampleResult result = await RunAsync(["--dp", "client", "--epsilon", "8", "--delta", "1e-5", "--clip", "1", "--rounds", "1", "--direct"]);

        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().ContainSingle().Which.Should().Contain("needs round keys");
    }

    [Fact]
    public async Task Sampling_OfAllRecords_ClaimsNoAmplification()
    {
        SampleResult result = await RunAsync([.. Promise, "--rounds", "1", "--sampling-rate", "1"]);
        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain("sampling: all records are in every step; nothing is amplified").And.Contain("noise: discrete Gaussian noise, ");
    }

    [Fact]
    public async Task Report_ThatCannotBeWritten_IsSaidBeforeAnythingIsSpent()
    {
        SampleResult result = await RunAsync([.. Promise, "--rounds", "1", "--privacy-report", Path.Combine(_folder.Location, "none", "x.html")]);
        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().ContainSingle().Which.Should().Contain("cannot be written");
        result.Output.Should().NotContain("round 1: ");
    }

    private static Task<SampleResult> RunAsync(string[] arguments, int clients = 3)
        => SampleProcess.RunAsync(
            SampleProcess.Hospitals, [.. arguments, "--clients", clients.ToString(CultureInfo.InvariantCulture), "--model", "linear"]);

    private static double[] Spent(string output)
        => [.. SpentPattern().Matches(output).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^round \d+: .* epsilon ([\d.]+) of [\d.]+ spent on each (record|hospital)", RegexOptions.Multiline)]
    private static partial Regex SpentPattern();
}
