using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;
using Xunit.Abstractions;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Runs the kernel tests again in processes whose runtime is denied the wider instruction sets.</summary>
public sealed class InstructionSetTests(ITestOutputHelper output)
{
    private const string ReportPrefix = "widest lanes: ";

    /// <summary>Also tells the parent process what its variable achieved.</summary>
    [Fact]
    public void BestWidth_IsSupported_AndNoWiderOneIs()
    {
        output.WriteLine(ReportPrefix + LaneSupport.Best);
        LaneSupport.IsSupported(LaneSupport.Best).Should().BeTrue();
        Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupported).Should().OnlyContain(width => width <= LaneSupport.Best);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512v2", nameof(LaneWidth.Vector512))]
    [InlineData("DOTNET_EnableAVX512", nameof(LaneWidth.Vector256))]
    [InlineData("DOTNET_EnableAVX2", nameof(LaneWidth.Specification))]
    [InlineData("DOTNET_EnableHWIntrinsic", nameof(LaneWidth.Specification))]
    public async Task KernelTests_WithoutAnInstructionSet_PassOnNarrowerLanes(string variable, string widest)
    {
        const string Filter = "(FullyQualifiedName~.Kernels.|FullyQualifiedName~.Random.|FullyQualifiedName~.Encoding.)"
            + "&FullyQualifiedName!~KernelTests_WithoutAnInstructionSet";
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "vstest",
                typeof(InstructionSetTests).Assembly.Location,
                "--TestCaseFilter:" + Filter,
                "--logger:console;verbosity=detailed",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = "0";
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string report = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        child.ExitCode.Should().Be(0, "{0}{1}", report, await errors);
        LaneWidth expected = Enum.Parse<LaneWidth>(widest);
        report.Should().Contain(ReportPrefix + (expected < LaneSupport.Best ? expected : LaneSupport.Best));
    }
}
