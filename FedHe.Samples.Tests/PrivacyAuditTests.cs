namespace FedHe.Samples.Tests;

public sealed class PrivacyAuditTests : IDisposable
{
    private const int Unusable = 1;
    private const int BadInput = 2;
    private const int Cancelled = 130;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--ratios")]
    [InlineData("--attacks")]
    [InlineData("--selections")]
    [InlineData("--pictures")]
    public async Task EmptyList_IsRefused(string option)
    {
        foreach (string list in (string[])["", ",", " , "])
        {
            SampleResult result = await RunAsync(option, list);
            result.ExitCode.Should().Be(Unusable);
            result.Errors.Should().Contain($"{option} is empty");
        }
    }

    [Theory]
    [InlineData("--leak-ssim", "0,3")]
    [InlineData("--recovered-below", "0,001")]
    [InlineData("--ratios", "NaN")]
    public async Task Number_SpelledAsNoMachineReadsIt_IsRefused(string option, string number)
    {
        SampleResult result = await RunAsync(option, number);
        result.ExitCode.Should().Be(Unusable);
        result.Errors.Should().Contain($"{option} must be a number");
    }

    [Fact]
    public async Task Data_OfOtherKinds_IsNamedAsSuch()
    {
        string images = _folder.Write("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]);
        string table = _folder.Write("data.csv", "x,class\n1,0\n2,1\n");
        (string Path, string Message)[] cases =
        [
            (images, "this is an IDX file. Only CIFAR-10"), (table, "this is a text, perhaps a table. Only CIFAR-10"),
            (_folder.Location, "this is a folder. Only CIFAR-10 and CIFAR-100 binary files are attacked here: give one file."),
            (Path.Combine(_folder.Location, "absent.bin"), "no such file"),
        ];
        foreach ((string path, string message) in cases)
        {
            SampleResult result = await RunAsync("--data", path);
            result.ExitCode.Should().Be(BadInput);
            result.ErrorLines.Should().ContainSingle().Which.Should().Contain(message);
        }
    }

    [Fact]
    public async Task Pictures_BeyondTheFile_SaysThatTheOptionTakesPositions()
    {
        string path = _folder.Write("samples.bin", [3, .. new byte[3072], 5, .. new byte[3072]]);
        SampleResult result = await RunAsync("--data", path, "--pictures", "2");
        result.ExitCode.Should().Be(BadInput);
        result.Errors.Should().Contain("picture 2").And.Contain("takes positions");
        (await RunAsync("--help")).Output.Should().Contain("Positions of the pictures to attack, counted from 0, and not how many");
    }

    [Fact]
    public async Task Run_WithIterationsOfItsOwn_RecommendsNothingAndPrintsACommandToRepeat()
    {
        string output = Path.Combine(_folder.Location, "my folder");
        SampleResult result = await SampleProcess.RunAsync(
            SampleProcess.Audit, "--ratios", "0", "--pictures", "0", "--selections", "random", "--iterations", "2", "--restarts", "1", "--out", output);
        result.ExitCode.Should().Be(0);
        result.Output.Should().Contain("recommended p, random: none, because --iterations 2 cut the attacks short")
            .And.Contain($"--out '{output}'");
        File.ReadAllText(Path.Combine(output, "report.html")).Should().Contain("none, because --iterations 2 cut the attacks short");
    }

    [Fact]
    public async Task Run_WithoutAStrongAttack_NamesItInsteadOfARatio()
    {
        // A threshold that nothing reaches: only what did not run keeps the ratio back.
        string[] arguments = ["--ratios", "0.5", "--pictures", "0", "--selections", "random", "--restarts", "1", "--leak-ssim", "1", "--recovered-below", "1e-9"];
        SampleResult result = await RunAsync([.. arguments, "--attacks", "dlg-zeroed", "--iterations", "0", "--stored"]);
        result.ExitCode.Should().Be(0);
        result.Output.Should().NotContain("recommended p, random: 50.0 %");
    }

    [Theory]
    [InlineData("> /dev/full")]
    [InlineData(">&-")]
    public async Task Output_ThatCannotBeWritten_EndsWithOneLine(string redirection)
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        SampleResult result = await SampleProcess.RunRedirectedAsync(
            redirection, SampleProcess.Audit, "--pictures", "0", "--out", Path.Combine(_folder.Location, "out"));
        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().ContainSingle();
    }

    [Fact]
    public async Task Output_BelowAFile_IsRefusedAtOnce()
    {
        string file = _folder.Write("file", "");
        SampleResult result = await SampleProcess.RunAsync(SampleProcess.Audit, "--pictures", "0", "--out", Path.Combine(file, "out"));
        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().ContainSingle();
    }

    [Fact]
    public async Task CtrlC_KeepsFinishedAttempts()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string output = Path.Combine(_folder.Location, "out");
        string[] arguments = ["--pictures", "0", "--ratios", "0.5", "--attacks", "dlg", "--restarts", "1000", "--out", output];
        SampleResult result = await SampleProcess.InterruptAsync(SampleProcess.Audit, "pictures: ", isError: false, arguments);
        result.ExitCode.Should().Be(Cancelled);
        result.Errors.Should().Contain("Run the same command again to go on.");
        File.Exists(Path.Combine(output, "attempts.jsonl")).Should().BeTrue();
    }

    private Task<SampleResult> RunAsync(params string[] arguments)
        => SampleProcess.RunAsync(SampleProcess.Audit, [.. arguments, "--out", Path.Combine(_folder.Location, "out")]);
}
