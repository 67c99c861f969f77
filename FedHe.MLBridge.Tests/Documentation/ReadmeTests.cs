using FedHe.TestKit.Architecture;

namespace FedHe.MLBridge.Tests.Documentation;

public sealed class ReadmeTests
{
    [Fact]
    public void Readme_Quickstart_IsTheProgramThatRunsAgainstThePackages()
    {
        string readme = File.ReadAllText(Path.Combine(SolutionDirectory.Path, "README.md"));
        string program = File.ReadAllText(Path.Combine(SolutionDirectory.Path, "eng", "consumer", "Program.cs"));
        readme.Should().Contain($"```csharp\n{program.TrimEnd()}\n```");
    }
}
