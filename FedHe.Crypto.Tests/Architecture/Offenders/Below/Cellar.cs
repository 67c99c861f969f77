using FedHe.Crypto.Tests.Architecture.Offenders.Above;

namespace FedHe.Crypto.Tests.Architecture.Offenders.Below;

/// <summary>Uses the folder above, which closes a circle, and hides that in a closure within an iterator.</summary>
public static class Cellar
{
    public static int Depth() => Steps().Count();

    private static IEnumerable<int> Steps()
    {
        for (int i = 0; i < 2; i++)
        {
            int step = i;
            Func<int> height = () => Roof.Height + step;
            yield return height();
        }
    }
}
