using System.Runtime.CompilerServices;

namespace FedHe.MLBridge.Tests.Documentation;

public sealed class ReadmeTests
{
    [Fact]
    public void Readme_Quickstart_IsTheProgramThatRunsAgainstThePackages()
    {
        string root = RepositoryRoot();
        string readme = File.ReadAllText(Path.Combine(root, "README.md"));
        string program = File.ReadAllText(Path.Combine(root, "eng", "consumer", "Program.cs"));
        readme.Should().Contain($"```csharp\n{program.TrimEnd()}\n```");
    }

    private static string RepositoryRoot([CallerFilePath] string thisFile = "")
        => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
