using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>This class tells the assemblies of FedHe from all other assemblies.</summary>
public static class FedHeAssemblies
{
    /// <summary>Tells whether an assembly belongs to FedHe.</summary>
    public static bool Contains(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return IsFedHe(assembly.GetName());
    }

    /// <summary>Lists the names of the FedHe assemblies that an assembly references directly.</summary>
    public static IReadOnlyList<string> ReferencedBy(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return [.. assembly.GetReferencedAssemblies().Where(IsFedHe).Select(name => name.Name!)];
    }

    /// <summary>Returns an assembly and the FedHe assemblies that the assembly references, directly or indirectly.</summary>
    public static IReadOnlySet<Assembly> Below(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var found = new HashSet<Assembly>();
        var pending = new Queue<Assembly>([assembly]);
        while (pending.TryDequeue(out Assembly? next))
        {
            if (found.Add(next))
            {
                foreach (AssemblyName name in next.GetReferencedAssemblies().Where(IsFedHe))
                {
                    pending.Enqueue(Assembly.Load(name));
                }
            }
        }

        return found;
    }

    private static bool IsFedHe(AssemblyName name) => name.Name!.StartsWith("FedHe.", StringComparison.Ordinal);
}
