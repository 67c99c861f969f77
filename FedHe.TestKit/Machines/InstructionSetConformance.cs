using System.Diagnostics;
using FedHe.Crypto;
using FedHe.Crypto.Kernels.Lanes;
using Xunit.Abstractions;

namespace FedHe.TestKit.Machines;

/// <summary>
/// The instruction-set tests repeat the kernel tests of an assembly in processes whose runtime lacks the wider instruction sets.
/// </summary>
/// <param name="output">Receives the widest lanes, which the parent process reads.</param>
/// <param name="filter">The tests to run again, as a filter of <c>dotnet vstest</c>.</param>
public abstract class InstructionSetConformance(ITestOutputHelper output, string filter)
{
    private const string ReportPrefix = "widest lanes: ";

    /// <summary>Also tells the parent process the effect of its variable.</summary>
    [Fact]
    public void BestWidth_IsSupported_AndNoWiderOneIs()
    {
        output.WriteLine(Report(LaneSupport.Best, HeKernels.Current.AreHeldBack));
        LaneSupport.IsSupported(LaneSupport.Best).Should().BeTrue();
        SupportedWidths.All.Should().OnlyContain(width => width <= LaneSupport.BestWithoutFusion);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512v2", nameof(LaneWidth.Vector512))]
    [InlineData("DOTNET_EnableAVX512", nameof(LaneWidth.Vector256))]
    [InlineData("DOTNET_EnableAVX2", nameof(LaneWidth.Specification))]
    [InlineData("DOTNET_EnableHWIntrinsic", nameof(LaneWidth.Specification), false)]
    public async Task KernelTests_WithoutAnInstructionSet_PassOnNarrowerLanes(string variable, string widest, bool canAskProcessor = true)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "vstest",
                GetType().Assembly.Location,
                $"--TestCaseFilter:({filter})&FullyQualifiedName!~{nameof(KernelTests_WithoutAnInstructionSet_PassOnNarrowerLanes)}",
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
        expected = expected < LaneSupport.Best ? expected : LaneSupport.Best;
        bool isHeldBack = canAskProcessor && expected < LaneWidth.Vector256 && LaneSupport.Best >= LaneWidth.Vector256;
        report.Should().Contain(Report(expected, isHeldBack));
    }

    private static string Report(LaneWidth widest, bool isHeldBack) => $"{ReportPrefix}{widest}, held back: {isHeldBack}";
}
