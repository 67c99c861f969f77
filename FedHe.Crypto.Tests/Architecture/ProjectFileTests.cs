using System.Text.RegularExpressions;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture;

/// <summary>The rules of docs/architecture.md for the project files of the repository.</summary>
public sealed partial class ProjectFileTests
{
    public static TheoryData<string> ProjectsThatAllowUnsafeBlocks { get; } =
        [.. ProjectFiles().Where(AllowsUnsafeBlocks).Select(path => Path.GetRelativePath(SolutionDirectory.Path, path))];

    [Theory]
    [MemberData(nameof(ProjectsThatAllowUnsafeBlocks))]
    public void Project_ThatAllowsUnsafeBlocks_NeedsThem(string project)
        => Sources(Path.GetDirectoryName(Path.Combine(SolutionDirectory.Path, project))!)
            .Should().Contain(path => NeedsUnsafeBlocks(File.ReadAllText(path)));

    [Fact]
    public void SharedProperties_AllowNoUnsafeBlocks()
        => Directory.EnumerateFiles(SolutionDirectory.Path, "*.props")
            .Concat(Directory.EnumerateFiles(Path.Combine(SolutionDirectory.Path, "eng"), "*.props"))
            .Where(AllowsUnsafeBlocks).Should().BeEmpty();

    [Fact]
    public void Library_WithTests_IsHeldToTheRulesOfArchitecture()
    {
        string[] libraries = [.. Directory.EnumerateDirectories(SolutionDirectory.Path, "FedHe.*").Where(path => Directory.Exists(path + ".Tests"))];

        libraries.Should().HaveCountGreaterThanOrEqualTo(6).And.OnlyContain(path => HasArchitectureTests(path + ".Tests"));
    }

    [Theory]
    [InlineData("    internal unsafe sealed class Native;", true)]
    [InlineData("    [LibraryImport(\"seal\")]", true)]
    [InlineData("    [SkipLocalsInit]", true)]
    [InlineData("    // No unsafe code here.", false)]
    [InlineData("    internal sealed class UnsafeCode;", false)]
    public void NeedForUnsafeBlocks_InALine_IsSeen(string line, bool expected)
        => NeedsUnsafeBlocks($"namespace FedHe;\n{line}\n").Should().Be(expected);

    private static IEnumerable<string> ProjectFiles()
        => Directory.EnumerateFiles(SolutionDirectory.Path, "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> Sources(string directory)
        => Directory.EnumerateFiles(directory, "*.cs", SearchOption.AllDirectories);

    private static bool AllowsUnsafeBlocks(string path)
        => File.ReadAllText(path).Contains("<AllowUnsafeBlocks>true", StringComparison.OrdinalIgnoreCase);

    private static bool HasArchitectureTests(string testProject)
        => Sources(testProject).Any(path => File.ReadAllText(path).Contains($": {nameof(ArchitectureConformance)}(", StringComparison.Ordinal));

    private static bool NeedsUnsafeBlocks(string source) => NeedForUnsafeBlocks().IsMatch(source);

    [GeneratedRegex(@"^(?!\s*//).*(\bunsafe\b|\[LibraryImport\(|\[SkipLocalsInit\])", RegexOptions.Multiline)]
    private static partial Regex NeedForUnsafeBlocks();
}
