namespace FedHe.Learning.Kernels;

/// <summary>A parallel range runs independent pieces of work on at most a given number of threads.</summary>
internal static class ParallelRange
{
    /// <summary>Calls <paramref name="body"/> once for every index below <paramref name="count"/>. The caller chooses
    /// pieces that do not depend on <paramref name="degree"/>, so the results do not depend on it either.</summary>
    public static void For(int count, int degree, Action<int> body)
    {
        if (degree <= 1 || count <= 1)
        {
            for (int index = 0; index < count; index++)
            {
                body(index);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = degree }, body);
    }
}
