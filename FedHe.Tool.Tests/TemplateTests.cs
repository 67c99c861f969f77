using FedHe.TestKit.Architecture;

namespace FedHe.Tool.Tests;

/// <summary>The files of the template <c>dotnet new fedhe</c> that keep secrets at home.</summary>
public sealed class TemplateTests
{
    [Theory]
    [InlineData(".gitignore", "*.csv", "kits/")]
    [InlineData(".containerignore", "**/*.csv", "kits")]
    public void Data_AndKits_AreInNoRepositoryAndNoImage(string file, params string[] lines)
        => File.ReadAllLines(Path.Combine(SolutionDirectory.Path, "FedHe.Templates", "content", file)).Should().Contain(lines);
}
