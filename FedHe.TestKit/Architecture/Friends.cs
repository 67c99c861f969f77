using System.Reflection;
using System.Runtime.CompilerServices;

namespace FedHe.TestKit.Architecture;

/// <summary>The friends of an assembly may use its internals; only its own tests and the benchmarks should be friends.</summary>
public static class Friends
{
    private const string Benchmarks = "FedHe.Benchmarks";

    /// <summary>Lists the names of all friends that an assembly's attributes declare.</summary>
    public static IEnumerable<string> Of(Assembly assembly)
        => assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName.Split(',')[0]);

    /// <summary>
    /// Lists the friends among some names that are neither the benchmarks nor the assembly's own tests or test helpers.
    /// </summary>
    /// <param name="assembly">Name of the assembly that shows its internals.</param>
    /// <param name="friends">Names of those that see them.</param>
    public static IEnumerable<string> FaultsIn(string assembly, IEnumerable<string> friends)
    {
        string tests = $"{assembly}.Tests";
        return friends.Where(friend =>
            friend != Benchmarks && friend != tests && !friend.StartsWith(tests + ".", StringComparison.Ordinal));
    }
}
