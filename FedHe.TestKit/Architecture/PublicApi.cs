using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// Compares the public surface of an assembly with the committed file <c>PublicApi/&lt;assembly&gt;.txt</c> beside its
/// tests, so that every change of the surface is seen in review. With the environment variable
/// <c>FEDHE_UPDATE_PUBLIC_API=1</c> the file is rewritten instead.
/// </summary>
public static class PublicApi
{
    /// <summary>Fails when the surface differs from the file.</summary>
    /// <param name="assembly">The assembly to render.</param>
    /// <param name="testProject">Name of the test project that holds the file.</param>
    public static void ShouldBeTheCommittedOne(Assembly assembly, string testProject)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        string path = Path.Combine(SolutionDirectory.Path, testProject, "PublicApi", $"{assembly.GetName().Name}.txt");
        string actual = PublicApiRenderer.Render(assembly);
        if (Environment.GetEnvironmentVariable("FEDHE_UPDATE_PUBLIC_API") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        string committed = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : string.Empty;
        string[] added = Only(actual, committed);
        string[] removed = Only(committed, actual);
        Assert.True(
            actual == committed,
            $"The public surface of {assembly.GetName().Name} changed. If that is intended, run the tests with "
                + $"FEDHE_UPDATE_PUBLIC_API=1 and commit the file.\nAdded:\n{string.Join('\n', added)}\nRemoved:\n{string.Join('\n', removed)}");
    }

    private static string[] Only(string left, string right) => [.. left.Split('\n').Except(right.Split('\n'))];
}
