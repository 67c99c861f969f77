using System.Diagnostics;
using FedHe.TestKit.Architecture;
using FedHe.TorchSharp.Tests.Support;

namespace FedHe.TorchSharp.Tests.Federations;

/// <summary>The sample as a process, as a user starts it.</summary>
public sealed class SampleTests
{
    [TorchTheory]
    [InlineData("lenet", "88648 values in 10 of 10 entries travel")]
    [InlineData("cnn", "1663370 values in 8 of 8 entries travel")]
    [InlineData("transformer", "travels as _tokens.weight, whose memory it shares")]
    public async Task TorchFederation_OneRound_EndsWithinThePromise(string model, string line)
    {
        (int code, string output) = await RunAsync("--model", model, "--rounds", "1");
        output.Should().Contain(line).And.Contain("round 1: accuracy").And.Contain("release: MayBePublished");
        code.Should().Be(0, output);
    }

    [TorchFact]
    public async Task TorchFederation_Adapters_MoveOneHalfARound()
    {
        (int code, string output) = await RunAsync("--adapters", "--rounds", "2");
        output.Should().Contain("round 2: accuracy").And.Contain("in turns").And.Contain("gap of the products").And.Contain("release: MayBePublished");
        code.Should().Be(0, output);
    }

    [TorchFact]
    public async Task TorchFederation_UnusableOptions_SaysSo()
    {
        (await RunAsync("--rounds", "0")).Code.Should().Be(2);
        (await RunAsync("--mnist", Path.Combine(AppContext.BaseDirectory, "nothing"))).Code.Should().Be(2);
        (await RunAsync("--mnist", "anywhere", "--model", "lenet")).Code.Should().Be(2);
        (await RunAsync("--adapters", "--model", "lenet")).Code.Should().Be(2);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        string program = Path.Combine(folder.Parent!.Parent!.FullName, "TorchFederation", folder.Name, "TorchFederation.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = SolutionDirectory.Path,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
