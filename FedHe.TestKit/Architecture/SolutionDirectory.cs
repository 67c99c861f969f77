namespace FedHe.TestKit.Architecture;

/// <summary>The solution directory contains the sources, for tests that compare an assembly with a committed file.</summary>
public static class SolutionDirectory
{
    /// <summary>The path of the solution's directory, found upwards from the test assembly.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "FedHe.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run below the directory of FedHe.sln.");
    }
}
