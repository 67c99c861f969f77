using System.Globalization;

namespace FedHe.Samples.Tests;

public sealed class HospitalFedAvgTests : IDisposable
{
    private const int Unusable = 1;
    private const int BadInput = 2;
    private const int OutOfMemory = 5;
    private const int Cancelled = 130;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Table_WithGuessesOverruled_IsTrainedAndEveryGuessIsSaid()
    {
        string path = _folder.Write("data.txt", "Ward 7\nx;y;id;class\n" + Rows(40, i => $"{i},5;{i % 4};P{i};{i % 2}"));
        SampleResult result = await RunAsync(
            "--data", path, "--label", "class", "--separator", ";", "--header", "yes", "--decimal", "comma", "--encoding", "utf-8",
            "--skip-lines", "1", "--leave-out", "y");
        result.Errors.Should().BeEmpty();
        result.ExitCode.Should().Be(0);
        result.Output.Should().Contain("note: Read 40 rows of 1 features, label 'class' of 2 classes (0, 1); UTF-8, separator ';', decimal comma, header on line 2.")
            .And.Contain("note: The column 'id' has another text in every row").And.Contain("note: The column 'y' was left out as asked.");
    }

    [Theory]
    [InlineData("--learning-rate", "0,05")]
    [InlineData("--alpha", "0,5")]
    [InlineData("--mu", "0,01")]
    [InlineData("--dropout", "0,1")]
    [InlineData("--mask-ratio", "0,1")]
    [InlineData("--learning-rate", "NaN")]
    [InlineData("--rounds", "1,000")]
    [InlineData("--rounds", "1.5")]
    public async Task Number_SpelledAsNoMachineReadsIt_IsRefused(string option, string number)
    {
        SampleResult result = await RunAsync(option, number);
        result.ExitCode.Should().Be(Unusable);
        result.Errors.Should().Contain($"{option} must be a number").And.Contain($"not '{number}'");
    }

    [Theory]
    [InlineData("--precision 8 --scheme ckks-paper", "*ckks-paper*leave out --precision*")]
    [InlineData("--precision 24 --scheme seal --direct", "*seal --direct*leave out --precision*")]
    [InlineData("--precision 8 --scheme seal-flare --direct", "*seal-flare --direct*leave out --precision*")]
    [InlineData("--precision 8 --scheme plain-insecure", "*plain-insecure*leave out --precision*")]
    [InlineData("--precision exact-16 --scheme seal", "*seal*4 to 32 bits*")]
    [InlineData("--precision 0 --scheme seal-flare", "*seal-flare*4 to 32 bits*")]
    [InlineData("--precision 33 --scheme paillier", "*paillier*2 to 32 bits*")]
    [InlineData("--seal-library x", "*ckks*leave out --seal-library*")]
    [InlineData("--keys committee:4 --scheme paillier", "*leave out --scheme and --direct*")]
    [InlineData("--keys committee:4 --direct", "*leave out --scheme and --direct*")]
    [InlineData("--keys committee:5", "*add --clients 5*")]
    [InlineData("--keys committee:3", "*committee:n/f with n from 4 to 16*")]
    [InlineData("--keys committee:6/2", "*3f < n*")]
    [InlineData("--keys committee:4 --precision exact-16", "*--precision must be 4 to 32 bits*")]
    [InlineData("--separator ,", "*--separator is about tables*--data*")]
    [InlineData("--header", "*header*")]
    [InlineData("--data x --header perhaps", "*perhaps*yes*no*")]
    [InlineData("--data x --decimal ;", "*point or comma*")]
    [InlineData("--data x --separator ab", "*one character*")]
    [InlineData("--data x --skip-lines -1", "*number of lines*")]
    public async Task Switch_ThatWouldDoNothing_IsRefused(string arguments, string message)
    {
        SampleResult result = await RunAsync(arguments.Split(' '));
        result.ExitCode.Should().Be(Unusable);
        result.Errors.Should().Match(message);
    }

    [Fact]
    public async Task Committee_WithDropouts_OpensEverySum()
    {
        string path = _folder.Write("data.csv", "x,y,class\n" + Rows(40, i => $"{i},{i % 4},{i % 2}"));

        SampleResult result = await RunAsync("--data", path, "--keys", "committee:4", "--rounds", "2", "--dropout", "0.2");

        result.Errors.Should().BeEmpty();
        result.ExitCode.Should().Be(0);
        result.Output.Should().Contain("3 of 4 hospitals open together").And.Contain("committee, per member").And.Contain("Release: MayBePublished. The committee");
    }

    [Theory]
    [InlineData("--clients 4", "which 3 of 4 hospitals open together", "because nothing else was asked for")]
    [InlineData("--clients 8 --keys committee:5", "which 4 of 5 hospitals open together", "5 of the 8 clients, drawn by lot")]
    [InlineData("--clients 3", "which ckks protects", "the roster has 3 clients")]
    [InlineData("--clients 4 --keys authority", "which ckks protects", "because that was asked for")]
    [InlineData("--clients 4 --scheme ckks", "which ckks protects", "the scheme 'ckks' was asked for")]
    [InlineData("--clients 4 --direct --alpha 1000", "directly under the job's key", "the direct mode has none")]
    public async Task Keys_InThePlan_SayWhoOpensSumsAndWhy(string arguments, string protection, string reason)
    {
        string path = _folder.Write("data.csv", "x,y,class\n" + Rows(80, i => $"{i},{i % 4},{i % 2}"));

        SampleResult result = await RunAsync(["--data", path, "--rounds", "1", "--model", "linear", .. arguments.Split(' ')]);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain(protection).And.Contain(reason);
    }

    [Theory]
    [InlineData("--direct")]
    [InlineData("--scheme ckks")]
    public async Task Precision_WhereItIsTaken_ChangesThePlan(string scheme)
    {
        string path = _folder.Write("data.csv", "x,y,class\n" + Rows(40, i => $"{i},{i % 4},{i % 2}"));
        string[] arguments = ["--data", path, .. scheme.Split(' '), "--precision"];
        string[] plans = [.. (await Task.WhenAll(RunAsync([.. arguments, "12"]), RunAsync([.. arguments, "20"])))
            .Select(result => result.Output.Split('\n').Single(line => line.StartsWith("plan: ", StringComparison.Ordinal)))];
        plans[0].Should().NotBe(plans[1]);
    }

    [SealTheory]
    [InlineData("--scheme seal", "under round keys, which seal protects")]
    [InlineData("--scheme seal-flare --precision 16", "under round keys, which seal-flare protects")]
    [InlineData("--scheme seal --direct", "seal, directly under the job's key")]
    public async Task Seal_ProtectsRoundKeysUnlessTheDirectModeIsAskedFor(string scheme, string protection)
    {
        string path = _folder.Write("data.csv", "x,y,class\n" + Rows(40, i => $"{i},{i % 4},{i % 2}"));
        SampleResult result = await RunAsync(["--data", path, .. scheme.Split(' ')]);
        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Should().Contain(protection);
    }

    [Fact]
    public async Task Images_OfOneClass_AreRefused()
    {
        _folder.Write("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, .. new byte[160]]);
        _folder.Write("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 40, .. Enumerable.Repeat((byte)5, 40)]);
        SampleResult result = await RunAsync("--data", _folder.Location);
        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().ContainSingle().Which.Should().Contain("one class");
    }

    [Theory]
    [InlineData("0x2000000", "out of memory")]
    [InlineData("0x6000000", "need at least * MiB, and this process may use 96 MiB")]
    public async Task Memory_ThatIsTooSmall_IsSaidAndNotTakenForADropout(string limit, string message)
    {
        string path = _folder.Write(
            "wide.csv", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"g{i},")) + "class\n"
            + Rows(16, i => string.Concat(Enumerable.Repeat($"{i % 7},", 20_000)) + i % 2));
        SampleResult result = await SampleProcess.RunWithAsync(
            "DOTNET_GCHeapHardLimit", limit, SampleProcess.Hospitals, "--rounds", "1", "--clients", "2", "--data", path);
        result.ExitCode.Should().Be(OutOfMemory);
        result.ErrorLines.Should().ContainSingle().Which.Should().MatchEquivalentOf($"*{message}*");
    }

    [Theory]
    [InlineData("> /dev/full", 1)]
    [InlineData(">&-", 1)]
    [InlineData("> /dev/full 2> /dev/full", 0)]
    public async Task Output_ThatCannotBeWritten_EndsWithOneLineAndACode(string redirection, int lines)
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        SampleResult result = await SampleProcess.RunRedirectedAsync(redirection, SampleProcess.Hospitals, "--rounds", "1", "--clients", "2");
        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().HaveCount(lines);
        result.Errors.Should().NotContain("   at ");
        (await SampleProcess.RunRedirectedAsync(redirection, SampleProcess.Hospitals, "--help")).ExitCode.Should().Be(BadInput);
    }

    [Fact]
    public async Task CtrlC_WhileTraining_EndsWith130()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        SampleResult result = await SampleProcess.InterruptAsync(
            SampleProcess.Hospitals, "round 1: ", isError: false, "--rounds", "10000", "--clients", "2", "--model", "linear");
        result.ExitCode.Should().Be(Cancelled);
        result.Errors.Should().Contain("Cancelled.");
    }

    private static Task<SampleResult> RunAsync(params string[] arguments) => SampleProcess.RunAsync(
        SampleProcess.Hospitals, arguments.Contains("--rounds") ? arguments : [.. arguments, "--rounds", "1", "--clients", "2", "--model", "linear"]);

    private static string Rows(int count, Func<int, string> row)
        => string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{row(i)}\n")));
}
